import { describe, expect, it } from "vitest";
import { compareManifests, objectsIn } from "./compare-manifests.ts";

const object = (kind: string, name: string, more: object = {}) => ({
  apiVersion: kind === "Role" ? "rbac.authorization.k8s.io/v1" : "v1",
  kind,
  metadata: { name, namespace: "e" },
  ...more,
});

describe("what another artifact changes", () => {
  it("is told by object and field, with the permissions before and after", () => {
    const before = [object("ConfigMap", "a", { data: { x: "1" } }), object("ConfigMap", "gone"), object("Role", "r")];
    const after = [object("ConfigMap", "a", { data: { x: "2" } }), object("ConfigMap", "new"), object("Role", "r")];
    const { changes, ...rbac } = compareManifests(before, after);
    expect(changes).toEqual([
      { operation: "update", object: "v1/ConfigMap e/a", fields: ["data.x: 1 -> 2"] },
      { operation: "delete", object: "v1/ConfigMap e/gone", fields: [] },
      { operation: "create", object: "v1/ConfigMap e/new", fields: [] },
    ]);
    expect(rbac).toEqual({ before: [before[2]], after: [after[2]] });
    expect(compareManifests(before, before.toReversed()).changes).toEqual([]);
  });

  it("shows no value of a Secret that somebody else has put there", () => {
    const secret = (value: string) => object("Secret", "s", { data: { key: value }, stringData: { key: value } });
    const text = JSON.stringify(compareManifests([secret("canary-a")], [secret("canary-b")]).changes);
    expect(text).toContain("[secret]");
    expect(text).not.toContain("canary");
  });
});

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
    expect((await objectsIn(files)).map(({ kind }) => kind)).toEqual(["A", "B"]);
  });

  it.each(["a: [", "text", "- 1", "apiVersion: v1\nkind: A\n", "apiVersion: v1\nkind: A\nmetadata: {name: 7}\n"])(
    "are refused where %j is one",
    async (content) => {
      await expect(objectsIn([{ name: "a.yaml", content }])).rejects.toThrow("a.yaml");
    },
  );
});
