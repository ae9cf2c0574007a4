import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../../../test/support/run-program.ts";
import { shells } from "./shells.ts";

/**
 * The real shells, with the scripts as they are printed. Of edgectl they find the real one for words that begin with `b`,
 * and for all others one that answers what shells take for their own: starting the real one takes a second each time.
 */
let directory: string;
let env: Readonly<Record<string, string>>;

const answers = [
  ["$edgeHub", "the hub: a: b"],
  ["two words", "a module"],
  ["plain", ""],
  ["a:b", "with a colon"],
] as const;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-shells-"));
  const [bin, project] = [join(directory, "bin"), join(directory, "project")];
  for (const folder of [bin, join(project, "stacks"), join(directory, "here")])
    await mkdir(folder, { recursive: true });
  await writeFile(join(project, "Pulumi.yaml"), "name: iotedge\nruntime: nodejs\n");
  for (const stack of ["berlin", "broken"]) await writeFile(join(project, `stacks/Pulumi.${stack}.yaml`), "{}\n");
  await writeFile(join(directory, "here/none.tar"), "");
  const main = join(import.meta.dirname, "../main.ts");
  const odd = answers.map(([word, description]) => `${word}\t${description}\n`).join("");
  await writeFile(join(directory, "odd"), odd);
  await writeFile(
    join(bin, "edgectl"),
    `#!/bin/sh
for typed in "$@"; do :; done
case "$typed" in
  b* | \\\\b*) exec "${process.execPath}" "${main}" --project "${project}" "$@" ;;
  none*) ;;
  *) exec cat "${directory}/odd" ;;
esac
`,
    { mode: 0o755 },
  );
  env = { PATH: `${bin}:${process.env.PATH}`, HOME: directory, LANG: "C.UTF-8", TERM: "dumb" };
});
afterAll(() => rm(directory, { recursive: true }));

const run = async (program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
  const { stdout, stderr } = await runProgram(program, args, {
    cwd: join(directory, "here"),
    env: { ...env, ...more },
  });
  return { stdout, stderr };
};

describe("bash", () => {
  const complete = async (...words: readonly string[]) => {
    const script = `${shells.bash}\nCOMP_WORDS=(edgectl "$@"); COMP_CWORD=$#; _edgectl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run("bash", ["-c", script, "bash", ...words]);
    expect(stderr).toBe("");
    return stdout.split("\n").slice(0, -1);
  };

  it("completes what edgectl answers", async () => {
    expect(await complete("up", "--stack", "b")).toEqual(["berlin", "broken"]);
    expect(await complete("up", "--stack", "\\be")).toEqual(["berlin"]);
  });

  it("quotes what it would take for its own", async () => {
    expect(await complete("logs", "")).toEqual(["\\$edgeHub", "two\\ words", "plain", "a:b"]);
  });
});

describe.skipIf(!existsSync("/usr/bin/zsh"))("zsh", () => {
  /** What Tab makes of command lines in an interactive zsh, and what it lists. */
  const complete = async (startUp: string, ...typed: readonly string[]) => {
    const settings = join(directory, "zsh");
    await mkdir(settings, { recursive: true });
    await writeFile(join(directory, "driver.zsh"), driver);
    await writeFile(join(settings, ".zshrc"), `${zshrc.replace("START_UP", () => startUp)}`);
    const { stdout, stderr } = await run("zsh", ["-f", join(directory, "driver.zsh"), ...typed], { ZDOTDIR: settings });
    expect(stderr).toBe("");
    const shown = stdout.split("</BUFFER>").slice(0, -1);
    return shown.map((one) => {
      const [listed = "", line = ""] = one.split("<BUFFER>");
      return { line, listed };
    });
  };
  /** A terminal in which a zsh is typed to: Tab, and Ctrl-X, which shows what the line has become. */
  const driver = `zmodload zsh/zpty
zpty z zsh -d -i
for line in "$@"; do
  zpty -r z out '*<READY>*'
  zpty -w -n z "$line"$'\\t\\x18'
  zpty -r z out '*</BUFFER>*'
  print -r -- "$out"
done
zpty -d z
`;
  const zshrc = `PS1='> '
START_UP
setopt no_beep no_list_ambiguous
bindkey '^I' complete-word
ready() { print -r -- '<READY>' }
zle -N zle-line-init ready
show() { print -r -- "<BUFFER>$BUFFER</BUFFER>"; zle send-break }
zle -N show
bindkey '^X' show
`;
  const sourced = async () => {
    const file = join(directory, "completion.zsh");
    await writeFile(file, shells.zsh);
    return `autoload -Uz compinit; compinit -u -D; source ${file}`;
  };

  it("completes what edgectl answers, and quotes what it would take for its own", async () => {
    const typed = [
      "edgectl up --stack be",
      "edgectl up --stack b",
      "edgectl logs \\$",
      "edgectl logs t",
      "edgectl logs a",
    ];
    const [one, several, variable, words, colon] = await complete(await sourced(), ...typed);
    expect(one?.line).toBe("edgectl up --stack berlin ");
    expect(several).toMatchObject({
      line: "edgectl up --stack b",
      listed: expect.stringMatching(/broken +berlin|berlin +broken/),
    });
    expect([variable?.line, words?.line, colon?.line]).toEqual([
      "edgectl logs \\$edgeHub ",
      "edgectl logs two\\ words ",
      "edgectl logs a:b ",
    ]);
  });

  it("lists descriptions, and files where edgectl has no answer", async () => {
    const [all, file] = await complete(await sourced(), "edgectl logs ", "edgectl images load none");
    expect(all?.listed).toMatch(/\$edgeHub +-- the hub: a: b/);
    expect(all?.listed).toMatch(/a:b +-- with a colon/);
    expect(all?.listed).toMatch(/plain *\r?\n/);
    expect(file?.line).toBe("edgectl images load none.tar ");
  });

  it("takes it from a folder of fpath, too", async () => {
    await mkdir(join(directory, "functions"), { recursive: true });
    await writeFile(join(directory, "functions/_edgectl"), shells.zsh);
    const startUp = `fpath=(${join(directory, "functions")} $fpath); autoload -Uz compinit; compinit -u -D`;
    const [first, second] = await complete(startUp, "edgectl logs tw", "edgectl logs pl");
    expect([first?.line, second?.line]).toEqual(["edgectl logs two\\ words ", "edgectl logs plain "]);
  });
});

describe.skipIf(!existsSync("/usr/bin/fish"))("fish", () => {
  const complete = async (line: string) => {
    const { stdout, stderr } = await run("fish", ["--no-config", "-c", `${shells.fish}\ncomplete -C "$LINE"`], {
      LINE: line,
    });
    expect(stderr).toBe("");
    return stdout.split("\n").slice(0, -1);
  };

  it("completes what edgectl answers, without files", async () => {
    expect(await complete("edgectl up --stack b")).toEqual(["berlin", "broken"]);
  });

  it("has words with their descriptions, whatever is in them", async () => {
    const found = answers.map(([word, description]) => (description === "" ? word : `${word}\t${description}`));
    expect((await complete("edgectl logs ")).sort()).toEqual(found.sort());
    expect(await complete("edgectl logs tw")).toEqual(["two words\ta module"]);
  });

  it("completes files where edgectl has no answer", async () => {
    expect(await complete("edgectl images load none")).toEqual(["none.tar"]);
  });
});
