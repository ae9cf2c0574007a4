import { describe, expect, it } from "vitest";
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

  it.each(["a: [", "text", "- 1", "apiVersion: v1\nkind: A\n", "apiVersion: v1\nkind: A\nmetadata: {name: 7}\n"])(
    "are refused where %j is one",
    async (content) => {
      await expect(readManifests([{ name: "a.yaml", content }])).rejects.toThrow("a.yaml");
    },
  );
});
