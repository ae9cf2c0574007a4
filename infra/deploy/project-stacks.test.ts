import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { applySetId, parentOf } from "./applyset.ts";
import { readProjectStacks } from "./project-stacks.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "project-stacks-"));
  await mkdir(join(directory, "stacks"));
  const files = {
    "Pulumi.yaml": "name: plant\nruntime: nodejs\nstackConfigDir: stacks\n",
    "stacks/Pulumi.anywhere.yaml":
      "config: { iotedge:installations: [{ namespace: edge-a }, { namespace: edge-b }] }\n",
    "stacks/Pulumi.broken.yaml": "config: [\n",
    "stacks/Pulumi.divided.yaml":
      "config: { iotedge:clusterObjects: external, iotedge:installations: [{ namespace: edge-c }] }\n",
    "stacks/Pulumi.elsewhere.yaml": "config: { iotedge:kubernetes: { context: other } }\n",
    "stacks/Pulumi.here.yaml": "config: { iotedge:kubernetes: { context: factory-3 } }\n",
    "stacks/Pulumi.named.yaml": "config: { iotedge:kubernetes: { context: factory-3, kubeconfig: ./kc } }\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
});
afterAll(() => rm(directory, { recursive: true }));

const namesFor = async (target: object) =>
  (await readProjectStacks(directory, { kind: "named", context: "factory-3", ...target })).map(({ name }) => name);

it("are those that the same options deploy to the same cluster", async () => {
  expect(await namesFor({})).toEqual(["anywhere", "divided", "here"]);
  // A kubeconfig that is named counts for each stack.
  expect(await namesFor({ kubeconfig: "/k" })).toEqual(["anywhere", "divided", "here", "named"]);
  expect(await namesFor({ kind: "local", context: "edge-local", kubeconfig: "/l" })).toEqual(["anywhere", "divided"]);
});

it("are known by their ApplySets and namespaces", async () => {
  const [anywhere, divided, here] = await readProjectStacks(directory, { kind: "named", context: "factory-3" });
  expect(anywhere).toEqual({
    name: "anywhere",
    applySet: applySetId(parentOf("anywhere")),
    namespaces: ["edge-a", "edge-b"],
  });
  expect(divided?.applySet).toBe(applySetId(parentOf("divided", "edge-c")));
  expect(here?.namespaces).toBeUndefined();
});

it("are none where there is no project", async () => {
  expect(await readProjectStacks(join(directory, "stacks"), { kind: "named", context: "factory-3" })).toEqual([]);
});
