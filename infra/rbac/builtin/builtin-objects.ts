import { readFileSync } from "node:fs";
import { Collector } from "../../source/collector.ts";
import { isRecord } from "../../source/fields.ts";
import type { ClusterObjects } from "../objects.ts";
import { type BuiltinVersion, defaultBuiltinVersion } from "./versions.ts";

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
  const items = isRecord(list) && Array.isArray(list.items) ? list.items : [];
  for (const item of items) collector.add(item, { origin: { builtin: true }, identity: "builtin" });
  return collector.objects();
}
