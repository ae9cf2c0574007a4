import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { candidatesFor } from "./candidates.ts";
import { createFinder } from "./find-values.ts";
import { type Shell, shells } from "./shells.ts";

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "edge-completion-"));
  await mkdir(join(project, "stacks"));
  const installations = "[{ namespace: line-1 }, { namespace: line-2 }]";
  await writeFile(join(project, "stacks/Pulumi.berlin.yaml"), `config:\n  iotedge:installations: ${installations}\n`);
  await writeFile(join(project, "stacks/Pulumi.broken.yaml"), "config: [\n");
  await writeFile(join(project, "stacks/fleet.yaml"), "{}\n");
  await writeFile(join(project, "kubeconfig"), "contexts: [{ name: factory-1 }, { name: factory-2 }]\n");
  await writeFile(join(project, "Pulumi.yaml"), "name: iotedge\nruntime: nodejs\n");
});
afterAll(() => rm(project, { recursive: true }));

async function wordsFor(...words: string[]): Promise<readonly string[]> {
  const program = await createProgram({ version: "1.0.0" }, async () => {}, words);
  const find = createFinder(project, { KUBECONFIG: join(project, "kubeconfig") });
  return (await candidatesFor(program, words, find)).map(({ word }) => word);
}

describe("what is completed", () => {
  it.each<[string[], string[]]>([
    [["st"], ["start", "stop", "status", "state"]],
    [["rollout", "res"], ["resume"]],
    [["status", "--k"], ["--kubeconfig"]],
    [
      ["up", "--stack", ""],
      ["berlin", "broken"],
    ],
    [["up", "--stack", "be"], ["berlin"]],
    [
      ["up", "--stack", "berlin", "--engine", ""],
      ["pulumi", "render"],
    ],
    [["up", "--context", "factory-2"], ["factory-2"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [
      ["init", "--pipeline", "g"],
      ["github", "gitlab"],
    ],
    [["nothing", ""], expect.arrayContaining(["up", "down"])],
    [["init", "--name", ""], []],
  ])("%j: %j", async (words, expected) => {
    expect(await wordsFor(...words)).toEqual(expected);
  });

  it("is what the cluster answers, and what the files have where it does not", async () => {
    expect(await wordsFor("status", "--context", "factory-1", "-n", "")).toEqual(["line-1", "line-2"]);
    const program = await createProgram({ version: "1.0.0" }, async () => {}, ["logs"]);
    const asked: unknown[] = [];
    const found = await candidatesFor(program, ["logs", "-n", "line-1", "s"], async (kind, given) => {
      asked.push([kind, Object.fromEntries(given)]);
      return ["$edgeHub", "sensor"];
    });
    expect(found.map(({ word }) => word)).toEqual(["sensor"]);
    expect(asked).toEqual([["module", { "--namespace": "line-1" }]]);
  });
});

describe("the script", () => {
  it.each(Object.keys(shells) as Shell[])("for %s", async (shell) => {
    await expect(shells[shell]).toMatchFileSnapshot(`golden/completion.${shell}`);
  });
});
