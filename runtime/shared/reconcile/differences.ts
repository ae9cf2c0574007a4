import { sameQuantity } from "#base";

/** Fields whose values are quantities: of containers and of volumes in memory. */
const quantityField = /\.(limits|requests)\.[^.]+$|\.sizeLimit$/;

/**
 * Where `live` is not as `desired` says, one line per place. What `desired` leaves out does not count: the API server
 * fills in defaults. Empty lists and objects equal absent ones, and quantities count by their amount.
 */
export function differences(desired: unknown, live: unknown, path = ""): readonly string[] {
  if (Array.isArray(desired)) return listDifferences(desired, live, path);
  if (isObject(desired)) return objectDifferences(desired, live, path);
  return desired === live || isSameQuantity(desired, live, path) ? [] : [differenceAt(path, live)];
}

function listDifferences(desired: readonly unknown[], live: unknown, path: string): readonly string[] {
  if (desired.length === 0 && live === undefined) return [];
  if (!Array.isArray(live)) return [differenceAt(path, live)];
  if (live.length !== desired.length) return [`${path} has ${live.length} items`];
  return desired.flatMap((item, index) => differences(item, live[index], `${path}[${index}]`));
}

function objectDifferences(desired: object, live: unknown, path: string): readonly string[] {
  const entries = Object.entries(desired);
  if (entries.length === 0 && live === undefined) return [];
  if (!isObject(live)) return [differenceAt(path, live)];
  return entries.flatMap(([key, item]) => differences(item, (live as Record<string, unknown>)[key], `${path}.${key}`));
}

function isSameQuantity(desired: unknown, live: unknown, path: string): boolean {
  return quantityField.test(path) && typeof live === "string" && sameQuantity(String(desired), live);
}

function differenceAt(path: string, live: unknown): string {
  return `${path}=${JSON.stringify(live)}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
