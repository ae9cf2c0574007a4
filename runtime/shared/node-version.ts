import { runtimeErrors } from "./errors.ts";

/** Oldest Node.js that the daemons run on: the first release with the TLS and HTTP fixes of July 2026. */
export const nodeFloor = "24.18.1";

/**
 * Refuses to run below {@link nodeFloor}.
 *
 * @throws EDGE_RUNTIME_NODE_TOO_OLD
 */
export function requireNode(version: string = process.versions.node): void {
  if (compareVersions(version, nodeFloor) < 0) {
    throw runtimeErrors.EDGE_RUNTIME_NODE_TOO_OLD({ version, floor: nodeFloor });
  }
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(".").map((part) => Number.parseInt(part, 10)));
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
