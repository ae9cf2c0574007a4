/**
 * Where `live` is not as `desired` says, one line per place. What `desired` leaves out does not count: the API server
 * fills in defaults. Empty lists and objects equal absent ones.
 */
export function differences(desired: unknown, live: unknown, path = ""): readonly string[] {
  if (Array.isArray(desired)) return listDifferences(desired, live, path);
  if (isObject(desired)) return objectDifferences(desired, live, path);
  return desired === live ? [] : [`${path}=${JSON.stringify(live)}`];
}

function listDifferences(desired: readonly unknown[], live: unknown, path: string): readonly string[] {
  if (desired.length === 0 && live === undefined) return [];
  if (!Array.isArray(live)) return [`${path}=${JSON.stringify(live)}`];
  if (live.length !== desired.length) return [`${path} has ${live.length} items`];
  return desired.flatMap((item, index) => differences(item, live[index], `${path}[${index}]`));
}

function objectDifferences(desired: object, live: unknown, path: string): readonly string[] {
  const entries = Object.entries(desired);
  if (entries.length === 0 && live === undefined) return [];
  if (!isObject(live)) return [`${path}=${JSON.stringify(live)}`];
  return entries.flatMap(([key, item]) => differences(item, (live as Record<string, unknown>)[key], `${path}.${key}`));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
