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

/** A command line of edgectl that runs as it is printed. */
export function commandLine(args: readonly string[]): string {
  return [...ownWords(), ...args].map(shellWord).join(" ");
}

/** A text whose command lines are written for `npx`, as they run here. */
export function asCalled(text: string): string {
  const own = ownWords();
  return own === npx ? text : text.replaceAll(npx.join(" "), own.map(shellWord).join(" "));
}
