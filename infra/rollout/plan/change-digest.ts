import { createHash } from "node:crypto";
import type { ObjectChange } from "../model/run.ts";

/**
 * SHA-256 of what changes, in hex: the same for the same changes, in whatever order they are listed. Clusters with the
 * same digest change in the same way.
 */
export function changeDigest(changes: readonly ObjectChange[]): string {
  const lines = changes.map(({ operation, object, fields }) => JSON.stringify([object, operation, fields])).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
