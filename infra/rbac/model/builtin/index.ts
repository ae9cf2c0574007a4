import { readFileSync } from "node:fs";
import { Collector } from "../../source/collector.ts";
import { isRecord } from "../../source/fields.ts";
import type { ClusterObjects } from "../objects.ts";

/** Kubernetes version whose built-in roles are known offline. */
export const builtinVersion = "1.36";

let loaded: ClusterObjects | undefined;

/** The Roles, ClusterRoles and bindings that the API server and the controller manager make by themselves. */
export function builtinObjects(): ClusterObjects {
  loaded ??= load();
  return loaded;
}

function load(): ClusterObjects {
  const list: unknown = JSON.parse(readFileSync(new URL(`${builtinVersion}.json`, import.meta.url), "utf8"));
  const collector = new Collector({ cluster: "" });
  const items = isRecord(list) && Array.isArray(list.items) ? list.items : [];
  for (const item of items) collector.add(item, { origin: { builtin: true }, identity: "builtin" });
  return collector.objects();
}
