import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LiveObject } from "../../../kubernetes/kubernetes-types.ts";
import { extractApplied } from "./extract-applied.ts";

function live(content: object, fieldsV1: object, manager = "edgectl"): LiveObject {
  const managedFields = [
    { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:theirs": {} } } },
    { manager, operation: "Apply", fieldsV1 },
  ];
  const metadata = { name: "n", namespace: "s", uid: "u", resourceVersion: "7", managedFields };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, ...content } as unknown as LiveObject;
}

describe("extractApplied", () => {
  test("takes what edgectl applied, and nothing of others or of the server", () => {
    const object = live({ data: { ours: "1", theirs: "2" } }, { "f:data": { "f:ours": {} } });
    expect(extractApplied(object, "edgectl")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "n", namespace: "s" },
      data: { ours: "1" },
    });
  });

  test("an object of which the manager owns nothing gives its bare name", () => {
    const object = live({ data: { theirs: "2" } }, {}, "somebody");
    expect(Object.keys(extractApplied(object, "edgectl"))).toEqual(["apiVersion", "kind", "metadata"]);
  });

  test("items of lists by their keys, values and places; those of others are left out", () => {
    const containers = [
      { name: "a", image: "1", terminationMessagePath: "/dev/log" },
      { name: "injected", image: "2" },
    ];
    const spec = { containers, finalizers: ["ours", "theirs"], args: ["x"] };
    const fields = {
      "f:spec": {
        "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:image": {} } },
        "f:finalizers": { 'v:"ours"': {} },
        "f:args": {},
      },
    };
    expect(extractApplied(live({ spec }, fields), "edgectl").spec).toEqual({
      containers: [{ name: "a", image: "1" }],
      finalizers: ["ours"],
      args: ["x"],
    });
  });

  test("an atomic item is taken whole, and of one that is owned without its fields the keys are left", () => {
    const variables = [
      { name: "pod", expression: "object.spec" },
      { name: "shared", expression: "theirs" },
    ];
    const fields = { "f:spec": { "f:variables": { 'k:{"name":"pod"}': {}, 'k:{"name":"shared"}': { ".": {} } } } };
    expect(extractApplied(live({ spec: { variables } }, fields), "edgectl").spec).toEqual({
      variables: [{ name: "pod", expression: "object.spec" }, { name: "shared" }],
    });
  });

  test("items are found whatever the order of their keys", () => {
    const set = [
      { name: "a", port: 1 },
      { name: "theirs", port: 2 },
    ];
    const fields = { "f:spec": { "f:set": { 'v:{"port":1,"name":"a"}': {} } } };
    expect(extractApplied(live({ spec: { set } }, fields), "edgectl").spec).toEqual({ set: [{ name: "a", port: 1 }] });
  });

  test("a map of which only the existence is owned is empty", () => {
    const object = live({ spec: { volume: { theirs: 1 } } }, { "f:spec": { "f:volume": { ".": {} } } });
    expect(extractApplied(object, "edgectl").spec).toEqual({ volume: {} });
  });

  test("whatever the record of ownership says, nothing is made up", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const key = fc.oneof(fc.constantFrom("f:data", "f:a", "v:1", "i:0", 'k:{"a":1}', "."), fc.string());
    const { fields } = fc.letrec<{ fields: object }>((tie) => ({
      fields: fc.oneof({ maxDepth: 3 }, fc.constant({}), fc.dictionary(key, tie("fields"), { maxKeys: 4 })),
    }));
    fc.assert(
      fc.property(json, fields, (data, fieldsV1) => {
        const { data: taken } = extractApplied(live({ data }, fieldsV1), "edgectl");
        if (taken !== undefined && typeof data === "object" && data !== null && !Array.isArray(data)) {
          for (const name of Object.keys(taken as object)) expect(Object.keys(data)).toContain(name);
        }
      }),
    );
  });
});
