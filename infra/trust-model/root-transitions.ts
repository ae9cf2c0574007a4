import type { RootState, TrustRoot } from "./roots.ts";

/** A step that may not be taken, and the way that may. */
export interface SkippedStep {
  readonly reason: string;
  readonly remedy: string;
}

type Place = RootState | "absent";

/** Where a root may go from where it is. Revoking is always allowed: trusting a stolen key is worse than an outage. */
const steps: Readonly<Record<Place, readonly Place[]>> = {
  absent: ["absent", "next", "revoked"],
  next: ["next", "active", "retired", "absent", "revoked"],
  active: ["active", "retired", "revoked"],
  retired: ["retired", "active", "absent", "revoked"],
  revoked: ["revoked", "absent"],
};

/** Where a root is in a list. */
export function stateOf(roots: readonly TrustRoot[], id: string): Place {
  return roots.find((root) => root.id === id)?.state ?? "absent";
}

/** Why one root may not go from one state to the other; at most one reason. */
export function rootStep(id: string, from: Place, to: Place): readonly SkippedStep[] {
  return steps[from].includes(to) ? [] : [skippedRootStep(id, from, to)];
}

function skippedRootStep(id: string, from: Place, to: Place): SkippedStep {
  const reasons: Readonly<Record<string, string>> = {
    "absent active": "no client knows it yet, so every certificate below it would be refused",
    "absent retired": "it has signed nothing that would have to stay trusted",
    "active absent": "certificates below it are in use, and every client would refuse them",
    "active next": "it has signed certificates that are in use",
    "retired next": "it has signed certificates that are in use",
  };
  const reason = reasons[`${from} ${to}`] ?? "its key is known to be in wrong hands";
  // To revoke is always allowed and never the way to somewhere: it breaks what works.
  const allowed = steps[from].filter((place) => place !== from && place !== "revoked");
  const remedy =
    from === "revoked"
      ? `Leave ${id} out of trust.roots, or revoked, and go forward from there.`
      : `${stepsToTake(id, allowed)} first, or let \`edgectl trust rotate\` take the steps.`;
  return { reason: `root ${id} is ${from} and may not become ${to}: ${reason}`, remedy };
}

/** `Deploy r2 as next or active`, `Deploy the stack without r2` */
function stepsToTake(id: string, places: readonly Place[]): string {
  const states = places.filter((place) => place !== "absent");
  const present = states.length === 0 ? [] : [`${id} as ${states.join(" or ")}`];
  const absent = places.includes("absent") ? [`the stack without ${id}`] : [];
  return `Deploy ${[...present, ...absent].join(" or ")}`;
}
