import type { WrittenGate } from "./schema.ts";

export const allGateKinds = ["health", "command", "http", "prometheus", "approval"] as const;
export type GateKind = (typeof allGateKinds)[number];

/** Which kinds of gate an entry names; there must be one. */
export function gateKinds(gate: Partial<WrittenGate>): readonly GateKind[] {
  return allGateKinds.filter((kind) => gate[kind] !== undefined);
}
