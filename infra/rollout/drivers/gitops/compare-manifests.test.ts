import { describe, expect, it } from "vitest";
import { compareManifests } from "./compare-manifests.ts";

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
