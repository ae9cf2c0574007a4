import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LiveObject } from "../kubernetes/kubernetes-types.ts";
import {
  applySetId,
  asMember,
  groupKindOf,
  isOwnParent,
  parentObject,
  parentOf,
  parseGroupKind,
  scopeOfObjects,
  scopeOfParent,
  unite,
} from "./applyset.ts";

const parent = parentOf("local");

test("the id is the specification's: base64url(sha256(<name>.<namespace>.<kind>.<group>))", () => {
  const hash = createHash("sha256").update("iotedge-local.default.ConfigMap.").digest("base64");
  const urlSafe = hash.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  expect(applySetId(parent)).toBe(`applyset-${urlSafe}-v1`);
  expect(applySetId(parent).length).toBeLessThanOrEqual(63);
});

test("the parent says what the set consists of, sorted, without its own namespace", () => {
  const object = (apiVersion: string, kind: string, namespace?: string) => ({
    apiVersion,
    kind,
    metadata: { name: "x", ...(namespace && { namespace }) },
  });
  const scope = scopeOfObjects([
    object("apps/v1", "Deployment", "b"),
    object("v1", "ConfigMap", "a"),
    object("v1", "ConfigMap", "default"),
    object("rbac.authorization.k8s.io/v1", "ClusterRole"),
  ]);
  expect(parentObject(parent, scope).metadata).toEqual({
    name: "iotedge-local",
    namespace: "default",
    labels: { "applyset.kubernetes.io/id": applySetId(parent), "app.kubernetes.io/managed-by": "edgectl" },
    annotations: {
      "applyset.kubernetes.io/tooling": "edgectl/v0.1.0",
      "applyset.kubernetes.io/contains-group-kinds": "ClusterRole.rbac.authorization.k8s.io,ConfigMap,Deployment.apps",
      "applyset.kubernetes.io/additional-namespaces": "a,b",
    },
  });
});

test("the scope survives the parent's annotations", () => {
  const name = fc.stringMatching(/^[a-z]{1,8}$/);
  const kind = fc
    .tuple(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), fc.option(name))
    .map(([k, g]) => (g === null ? k : `${k}.${g}.io`));
  fc.assert(
    fc.property(fc.uniqueArray(kind), fc.uniqueArray(name), (kinds, namespaces) => {
      const scope = { groupKinds: new Set(kinds), namespaces: new Set(["default", ...namespaces]) };
      const live = parentObject(parent, scope) as LiveObject;
      expect(scopeOfParent(live)).toEqual(scope);
      expect(isOwnParent(live, parent)).toBe(true);
      expect(isOwnParent(live, parentOf("other"))).toBe(false);
      for (const groupKind of kinds) {
        const { group, kind: parsed } = parseGroupKind(groupKind);
        expect(groupKindOf({ apiVersion: group === "" ? "v1" : `${group}/v1`, kind: parsed })).toBe(groupKind);
      }
    }),
  );
});

test("another tool's parent is not ours", () => {
  const own = parentObject(parent, { groupKinds: new Set(), namespaces: new Set() }) as LiveObject;
  const foreign = {
    ...own,
    metadata: { ...own.metadata, annotations: { "applyset.kubernetes.io/tooling": "kubectl/v1.36" } },
  };
  expect(isOwnParent(foreign, parent)).toBe(false);
});

test("members keep their labels", () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", labels: { a: "b" } } };
  expect(asMember(object, parent).metadata.labels).toEqual({
    a: "b",
    "applyset.kubernetes.io/part-of": applySetId(parent),
  });
});

test("names of stacks give different valid names of parents", () => {
  const stackName = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/);
  fc.assert(
    fc.property(stackName, stackName, (a, b) => {
      expect(parentOf(a).name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(parentOf(a).name.length).toBeLessThanOrEqual(253);
      if (a !== b) expect(parentOf(a).name).not.toBe(parentOf(b).name);
    }),
  );
});

test("scopes unite", () => {
  const one = { groupKinds: new Set(["A"]), namespaces: new Set(["x"]) };
  const two = { groupKinds: new Set(["B"]), namespaces: new Set(["x", "y"]) };
  expect(unite(one, two)).toEqual({ groupKinds: new Set(["A", "B"]), namespaces: new Set(["x", "y"]) });
});
