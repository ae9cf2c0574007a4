import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { shellWord } from "#base";
import { isCheckout } from "./cluster-option.ts";

/** What tells how edgectl was called. */
export interface Call {
  /** The file that was started; undefined where none has said so. */
  readonly script: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** The checkout that edgectl runs in, if it does. */
  readonly checkout: string | undefined;
  readonly exists: (path: string) => boolean;
}

const npx = ["npx", "edgectl"] as const;
/** The file that `bin` was started as. */
export const scriptVariable = "EDGE_STARTED_AS";

/**
 * The words that call edgectl again from the same directory: `npx` finds it in a project and a checkout, and would ask a
 * registry for somebody else's program elsewhere.
 */
export function programWords({ script, env, directory, checkout, exists }: Call): readonly string[] {
  // npm runs a script in its project's directory, and keeps where it was called.
  const from = env.INIT_CWD ?? directory;
  if (script === undefined || env.npm_command === "exec" || isFoundByNpx(from, checkout, exists)) return npx;
  const onPath = (env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "edgectl"))
    .find(exists);
  if (onPath === script) return ["edgectl"];
  return script.endsWith(".mjs") ? ["node", script] : [script];
}

function isFoundByNpx(from: string, checkout: string | undefined, exists: (path: string) => boolean): boolean {
  for (let folder = from; ; folder = dirname(folder)) {
    if (folder === checkout || exists(join(folder, "node_modules/.bin/edgectl"))) return true;
    if (folder === dirname(folder)) return false;
  }
}

let words: readonly string[] | undefined;

/** As this process was called. */
function ownWords(): readonly string[] {
  words ??= programWords({
    script: process.env[scriptVariable],
    env: process.env,
    directory: process.cwd(),
    checkout: isCheckout ? join(import.meta.dirname, "../..") : undefined,
    exists: existsSync,
  });
  return words;
}

/** Options of edgectl that name a cluster. */
export type ClusterWords = readonly string[];

/** For commands that ask no cluster, or the one that their stack names. */
export const noCluster: ClusterWords = [];

/** Options that a command was called with, as far as commands that it prints have to repeat them, without dashes. */
export type GivenOptions = Readonly<Record<string, string | true>>;

const repeated = ["project", "stack", "context", "kubeconfig", "fleet", "run"];

/** What stands in a text for options that are repeated where they were given. */
const placeholders: Readonly<Record<string, readonly string[]>> = {
  clusterOptions: ["stack", "context", "kubeconfig"],
  fleetOption: ["fleet"],
  runOption: ["run"],
};

let given: GivenOptions = {};

/** Has all commands that this process prints from now on repeat what it was called with. */
export function repeatOptions(options: Readonly<Record<string, unknown>>): void {
  given = Object.fromEntries(
    repeated.flatMap((name) => {
      const value = options[name];
      // Of several nobody knows which a text is about.
      const [only, ...more] = Array.isArray(value) ? value : [value];
      return more.length === 0 && (typeof only === "string" || only === true) ? [[name, only]] : [];
    }),
  );
}

/**
 * A command line of edgectl that runs as it is printed.
 *
 * @param cluster who prints a command says which cluster it asks, so that it asks no other
 */
export function commandLine(args: readonly string[], cluster: ClusterWords): string {
  return [...withProject(ownWords(), given), ...withoutProject(args), ...cluster].map(shellWord).join(" ");
}

/**
 * The same for a command that is a script of the package as well: by npm where it is found there, as people know it.
 *
 * @param args behind the command's name
 */
export function scriptLine(command: string, args: readonly string[], cluster: ClusterWords): string {
  if (ownWords() !== npx || given.project !== undefined) return commandLine([command, ...args], cluster);
  const words = [...args, ...cluster].map(shellWord);
  return ["npm", command, ...(words.length === 0 ? [] : ["--", ...words])].join(" ");
}

/** A text whose command lines are written for `npx`, as they run here. */
export function asCalled(text: string): string {
  return completeCommands(text, ownWords(), given);
}

/**
 * Completes the command lines in a text that was written before anybody knew how edgectl would be called: `npx edgectl`
 * becomes what calls it here, `{clusterOptions}` the options that name the cluster again, and STACK the stack.
 */
export function completeCommands(text: string, own: readonly string[], options: GivenOptions): string {
  const calls = withProject(own, options).map(shellWord).join(" ");
  const { stack = "STACK" } = options;
  return text
    .replace(/ ?\{(\w+)\}/g, (whole, placeholder: string, offset: number) => {
      const command = text.slice(text.lastIndexOf(npx.join(" "), offset), offset);
      return placeholders[placeholder]?.map((name) => wordsOf(name, command, options)).join("") ?? whole;
    })
    .replaceAll("--stack STACK", () => `--stack ${shellWord(String(stack))}`)
    .replace(/npx edgectl(?! --project )/g, () => calls);
}

/** @param command has it itself, maybe */
function wordsOf(name: string, command: string, { [name]: value }: GivenOptions): string {
  if (value === undefined || command.includes(`--${name}`)) return "";
  return value === true ? ` --${name}` : ` --${name} ${shellWord(value)}`;
}

/** The option comes first, where each command has it. */
function withProject(own: readonly string[], { project }: GivenOptions): readonly string[] {
  return project === undefined ? own : [...own, "--project", String(project)];
}

function withoutProject(args: readonly string[]): readonly string[] {
  return args.filter((word, index) => !/^--project(=|$)/.test(word) && args[index - 1] !== "--project");
}
