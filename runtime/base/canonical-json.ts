import { isJsonObject } from "./json.ts";
import { escapeForYaml } from "./json-for-yaml.ts";

/**
 * JSON with sorted keys, indented, ended by a line feed: equal values give equal text, and `kubectl get -o yaml` shows
 * it line by line. Of characters that YAML refuses it has the numbers alone: whoever brings it to a cluster may write YAML.
 */
export function canonicalJson(value: unknown): string {
  return `${escapeForYaml(JSON.stringify(value, sortKeys, 2))}\n`;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
