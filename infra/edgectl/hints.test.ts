import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, it, vi } from "vitest";
import { blocksOf } from "../../docs/site/markdown.ts";
import { runProgram } from "../../test/support/run-program.ts";
import { createProgram } from "./program.ts";

const project = join(import.meta.dirname, "../..");

interface Hint {
  readonly file: string;
  readonly command: string;
}

/** They name no cluster, since they are about none, or about the one that shows them. */
const withoutCluster: ReadonlySet<string> = new Set([
  "helm get values RELEASE -o yaml",
  "kubectl apply --server-side -k .",
  "kubectl config get-contexts",
  "kubectl describe deployment iotedged",
  "kubectl events",
  "pulumi config set kubernetes:X true",
  "pulumi preview --json --show-sames --stack STACK",
  "pulumi up",
]);

/** Options that a command repeats where it was told them, and what a printed command that takes them has to have. */
const repeatedOptions = [
  { option: "--context", placeholder: "clusterOptions", said: /--(context|fleet|source)|\{(cluster|fleet)Options?\}/ },
  { option: "--fleet", placeholder: "fleetOption", said: /--(fleet|stack)|\{fleetOption\}/ },
  { option: "--run", placeholder: "runOption", said: /--run|\{runOption\}/ },
] as const;
/** Its `--context` says where to keep something. */
const asksNoCluster = "state init";

const inCode = /npx edgectl ([a-z-][^`"\n]*)/g;
const inPages = /npx edgectl ([a-z-](?:"[^"`\n]*"|[^`"\n])*)/g;

/** Sources below a folder, relative to the project. */
async function filesIn(folder: string, names: RegExp): Promise<readonly string[]> {
  const entries = await readdir(join(project, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && names.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(project.length + 1))
    .filter((file) => !/\/(test|node_modules|fixtures|golden)\//.test(`/${file}`));
}

/** Every `npx edgectl ...` that code, documentation and templates print, up to what cannot be part of it. */
async function hintsIn(folder: string, names: RegExp): Promise<readonly Hint[]> {
  const files = await filesIn(folder, names);
  return (
    await Promise.all(
      files.map(async (file) =>
        [...(await readFile(join(project, file), "utf8")).matchAll(file.endsWith(".md") ? inPages : inCode)].map(
          ([, command = ""]) => ({
            file,
            command,
          }),
        ),
      ),
    )
  ).flat();
}

const hints = [
  ...(await hintsIn("infra", /\.(ts|mjs)$/)),
  ...(await hintsIn("runtime", /\.ts$/)),
  ...(await hintsIn("docs", /\.md$/)),
  ...(await hintsIn("stacks", /\.ya?ml$/)),
  ...(await readFile(join(project, "README.md"), "utf8").then((text) =>
    [...text.matchAll(inPages)].map(([, command = ""]) => ({ file: "README.md", command })),
  )),
];

/** Words as a shell makes them; what a program puts in is one word. */
function wordsOf(command: string): readonly string[] {
  const own = command
    .replace(/ \{(clusterOptions|fleetOption|runOption)\}/g, "")
    .replace(/\$?\{[^{}]*\}/g, "X")
    // What follows is another command, a comment, or the rest of a sentence.
    .split(/ \\?2?[|>#&]|;|\)|\]|\.(?: |$)|, |: | \(|'(?: |;|$)| {2,}/, 1)[0];
  return [...(own ?? "").matchAll(/'[^']*'|"[^"]*"|\S+/g)].map(([word]) => word.replace(/^['"]|['"]$/g, ""));
}

/** What the real command line has against it; undefined: it runs. */
async function refusal(words: readonly string[]): Promise<string | undefined> {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const program = await createProgram({ version: "1.0.0" }, async () => {}, words);
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    const isHelp = error instanceof CommanderError && /^commander\.help/.test(error.code);
    return isHelp ? undefined : String((error as Error).message);
  } finally {
    vi.restoreAllMocks();
  }
  return undefined;
}

const ofCode = hints.filter(({ file }) => /^(infra|runtime)\//.test(file) && !/program\.ts$/.test(file));

/** The command that a command line names. */
async function commandOf(words: readonly string[]): Promise<Command> {
  let command = await createProgram({ version: "1.0.0" }, async () => {}, words);
  for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
  return command;
}

it("finds hints at all", () => expect(hints.length).toBeGreaterThan(100));

describe("a command that is printed is one", () => {
  it.each([...new Map(hints.map((hint) => [hint.command, hint])).values()])("$command ($file)", async ({ command }) => {
    expect(await refusal(wordsOf(command)), wordsOf(command).join(" ")).toBeUndefined();
  });
});

describe("a command that code prints", () => {
  /** Texts are written before anybody knows what edgectl is told: placeholders are filled in when they are shown. */
  it.each(repeatedOptions)("says $option again where it takes it, and nowhere else", async (repeated) => {
    const wrong: Hint[] = [];
    for (const hint of ofCode.filter(({ command }) => command !== asksNoCluster)) {
      const { options } = await commandOf(wordsOf(hint.command));
      const takes = options.some(({ long }) => long === repeated.option);
      const says = takes ? repeated.said.test(hint.command) : !hint.command.includes(`{${repeated.placeholder}}`);
      if (!says) wrong.push(hint);
    }
    expect(wrong).toEqual([]);
  });

  /** Pulumi shows their errors as they are. */
  it("is whole where Pulumi runs the code", () => {
    const ofPulumi = ofCode.filter(({ file }) =>
      /^infra\/(config|installation|policy|provider|trust-model)\//.test(file),
    );
    expect(ofPulumi.length).toBeGreaterThan(0);
    expect(ofPulumi.filter(({ command }) => repeatedOptions.some((one) => command.includes(one.placeholder)))).toEqual(
      [],
    );
  });

  it("has values in it by commandLine alone, which quotes them, or such as need no quotes", () => {
    const harmless = ["clusterOptions", "fleetOption", "runOption", "namespace", "stack"];
    const valuesIn = (command: string) => [...command.matchAll(/(\$?)\{([^{}]*)\}/g)];
    const found = ofCode.filter(({ command }) =>
      valuesIn(command).some(([, isCode, name = ""]) => isCode === "$" || !harmless.includes(name)),
    );
    expect(found.filter(({ command }) => !/^\$\{/.test(command))).toEqual([]);
  });

  it("is not another program's, with the cluster left out", async () => {
    const files = await filesIn("infra", /\.ts$/);
    const texts = await Promise.all(files.map(async (file) => [file, await readFile(join(project, file), "utf8")]));
    const found = texts.flatMap(([, text = ""]) =>
      [...text.matchAll(/^(?! *(?:\*|\/[/*])).*`((?:kubectl|pulumi|flux|helm) (?!--version)[a-z][^`]*)\\?`/gm)].map(
        ([, command = ""]) => command.replace(/\\$/, "").replace(/\$\{\w+\}/, "X"),
      ),
    );
    expect(found.filter((one) => !withoutCluster.has(one))).toEqual([]);
    expect([...withoutCluster].filter((one) => !found.includes(one))).toEqual([]);
  });
});

/** Examples are copied: where the package is installed, `edgectl` alone is on nobody's PATH. */
it("begins with npx in every example of the documentation", async () => {
  const pages = (await readdir(join(project, "docs"), { recursive: true })).filter((name) => name.endsWith(".md"));
  const examples = await Promise.all(
    ["README.md", ...pages.map((page) => join("docs", page))].map(async (page) =>
      blocksOf(await readFile(join(project, page), "utf8")).flatMap(({ language, text }) =>
        ["", "sh", "bash", "console"].includes(language)
          ? [...text.matchAll(/^ *(?:\w*\$ )?((?:npx )?edgectl .*)/gm)].map(([, command = ""]) => ({ page, command }))
          : [],
      ),
    ),
  );
  expect(examples.flat().length).toBeGreaterThan(50);
  expect(examples.flat().filter(({ command }) => !command.startsWith("npx "))).toEqual([]);
});

it("is called as edgectl itself was, where npx would not find it", async () => {
  const bin = join(project, "infra/edgectl/bin/edgectl.mjs");
  const { stderr } = await runProgram(process.execPath, [bin, "nothing"], {
    cwd: tmpdir(),
    env: { npm_command: "", INIT_CWD: tmpdir() },
  });
  expect(stderr).toContain(`fix: See \`node ${bin} --help\``);
});
