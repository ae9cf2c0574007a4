import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { describe, expect, it, vi } from "vitest";
import { blocksOf } from "../../docs/site/markdown.ts";
import { runProgram } from "../../test/support/run-program.ts";
import { createProgram } from "./program.ts";

const project = join(import.meta.dirname, "../..");

interface Hint {
  readonly file: string;
  readonly command: string;
}

const inCode = /npx edgectl ([a-z-][^`"\n]*)/g;
const inPages = /npx edgectl ([a-z-](?:"[^"`\n]*"|[^`"\n])*)/g;

/** Every `npx edgectl ...` that code, documentation and templates print, up to what cannot be part of it. */
async function hintsIn(folder: string, names: RegExp): Promise<readonly Hint[]> {
  const entries = await readdir(join(project, folder), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && names.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !/\/(test|node_modules|fixtures|golden)\//.test(file.slice(project.length)));
  return (
    await Promise.all(
      files.map(async (file) =>
        [...(await readFile(file, "utf8")).matchAll(file.endsWith(".md") ? inPages : inCode)].map(
          ([, command = ""]) => ({
            file: file.slice(project.length + 1),
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

it("finds hints at all", () => expect(hints.length).toBeGreaterThan(100));

describe("a command that is printed is one", () => {
  it.each([...new Map(hints.map((hint) => [hint.command, hint])).values()])("$command ($file)", async ({ command }) => {
    expect(await refusal(wordsOf(command)), wordsOf(command).join(" ")).toBeUndefined();
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
