import { describe, expect, it } from "vitest";
import { contentLimits } from "../../../gitops/index.ts";
import { readManifests } from "./manifests.ts";

describe("the objects of files", () => {
  it("are all of their documents, without the kustomization and what is no manifest", async () => {
    const files = [
      {
        name: "a.yaml",
        content: "apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n",
      },
      {
        name: "kustomization.yaml",
        content: "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
      },
      { name: "README.md", content: "# a: [" },
      { name: "empty.yaml", content: "# nothing\n" },
    ];
    const { objects, kustomizations } = await readManifests(files);
    expect(objects.map(({ file, object }) => [file, object.kind])).toEqual([
      ["a.yaml", "A"],
      ["a.yaml", "B"],
    ]);
    expect([...kustomizations.keys()]).toEqual(["kustomization.yaml"]);
  });

  it.each([
    ["small maps", `a:\n${"  - {a: 1}\n".repeat(300_000)}`, "tokens of YAML"],
    ["nested lists", "[".repeat(3_000_000), "tokens of YAML"],
    ["aliases", `a: &a [${"1,".repeat(1000)}]\nb: [${"*a,".repeat(50)}]\n`, "lias"],
  ])("are refused with a reason where %s would take all memory", async (_, content, reason) => {
    expect(Buffer.byteLength(content)).toBeLessThan(contentLimits.archiveBytes);
    await expect(readManifests([{ name: "zz.yaml", content }])).rejects.toThrow(reason);
  });

  it("are read with keys that are there twice: to look for those takes the square of their number", async () => {
    const content = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: a, x: b}\n";
    const { objects } = await readManifests([{ name: "a.yaml", content }]);
    expect(objects[0]?.object.data).toEqual({ x: "b" });
  });

  it.each(["a: [", "text", "- 1", "apiVersion: v1\nkind: A\n", "apiVersion: v1\nkind: A\nmetadata: {name: 7}\n"])(
    "are refused where %j is one",
    async (content) => {
      await expect(readManifests([{ name: "a.yaml", content }])).rejects.toThrow("a.yaml");
    },
  );
});
