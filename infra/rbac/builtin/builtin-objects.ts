import { readFileSync } from "node:fs";
import { isJsonObject } from "#base";
import { Collector } from "../collect/collector.ts";
import { type Binding, type ClusterObjects, describeObject, type Role } from "../model/objects.ts";
import { type BuiltinVersion, builtinVersions, defaultBuiltinVersion } from "./versions.ts";

const loaded = new Map<BuiltinVersion, ClusterObjects>();

/** The Roles, ClusterRoles and bindings that the API server and the controller manager make by themselves. */
export function builtinObjects(version: BuiltinVersion = defaultBuiltinVersion): ClusterObjects {
  const objects = loaded.get(version) ?? load(version);
  loaded.set(version, objects);
  return objects;
}

function load(version: BuiltinVersion): ClusterObjects {
  const list: unknown = JSON.parse(readFileSync(new URL(`${version}.json`, import.meta.url), "utf8"));
  const collector = new Collector({ cluster: "" });
  const items = isJsonObject(list) && Array.isArray(list.items) ? list.items : [];
  for (const item of items) collector.add(item, { origin: { builtin: true }, identity: "builtin" });
  return collector.objects();
}

/**
 * Marks the objects of a complete source that are as the API server of any known version makes them. Those that somebody
 * changed are that person's, and judged like all others.
 */
export function markBuiltin(objects: ClusterObjects): ClusterObjects {
  const known = new Set(
    builtinVersions.flatMap((version) => {
      const { roles, bindings } = builtinObjects(version);
      return [...roles, ...bindings].map(contentOf);
    }),
  );
  const mark = <T extends Role | Binding>(object: T): T =>
    known.has(contentOf(object)) ? { ...object, origin: { builtin: true } } : object;
  return { ...objects, roles: objects.roles.map(mark), bindings: objects.bindings.map(mark) };
}

function contentOf(object: Role | Binding): string {
  const name = describeObject(object);
  if ("roleRef" in object) return JSON.stringify([name, object.roleRef, object.subjects]);
  return JSON.stringify([name, object.aggregation ?? object.rules, object.aggregation !== undefined]);
}
