import { activeRoot, formatRoots, type RootState, type TrustRoot } from "./roots.ts";

/** The declared trust of an installation, as far as the order of steps depends on it. */
export interface DeclaredTrust {
  readonly roots: readonly TrustRoot[];
  /** Generation of the workload CA, or `secret:<name>` of one that the user provides. */
  readonly workloadCa: string;
  /** SHA-256 of the certificates of further CAs in the bundle. */
  readonly trustedCas: readonly string[];
}

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

/**
 * Why the declared trust may not replace the deployed one; empty when it may. Each root goes `next` -> `active` ->
 * `retired` -> gone, one step per deployment, so that a certificate that is in use is always below a CA in the bundle.
 *
 * The active root may be replaced by one that no client knows yet only when it is revoked.
 */
export function skippedSteps(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const isRevoking = declared.roots.some(
    ({ id, state }) => state === "revoked" && stateOf(deployed.roots, id) === "active",
  );
  const ids = new Set([...deployed.roots, ...declared.roots].map(({ id }) => id));
  const ofRoots = [...ids].flatMap((id) => {
    const [from, to] = [stateOf(deployed.roots, id), stateOf(declared.roots, id)];
    const emergency = isRevoking && to === "active" && from === "absent";
    return emergency ? [] : rootStep(id, from, to);
  });
  return [...ofRoots, ...skippedIssuerStep(deployed, declared)];
}

/** Roots that are revoked and would be trusted again: what not even a return to an earlier state may do. */
export function revivedRoots(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const revoked = deployed.roots.filter(({ state }) => state === "revoked");
  return revoked.flatMap(({ id, state }) => rootStep(id, state, stateOf(declared.roots, id)));
}

function stateOf(roots: readonly TrustRoot[], id: string): Place {
  return roots.find((root) => root.id === id)?.state ?? "absent";
}

/** Why one root may not go from one state to the other; at most one reason. */
function rootStep(id: string, from: Place, to: Place): readonly SkippedStep[] {
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

/** A workload CA of the user's own must be trusted before anything is issued from it; going back likewise. */
function skippedIssuerStep(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const [from, to] = [ownSecret(deployed), ownSecret(declared)];
  if (from === to) return [];
  const lost = deployed.trustedCas.filter((print) => !declared.trustedCas.includes(print));
  if (to !== undefined && deployed.trustedCas.length === 0) {
    const reason = `Secret ${to} may not become the workload CA: no further CA is in the deployed bundle that could vouch for it`;
    return [{ reason, remedy: "Deploy the CA above it in trust.trustedCas first." }];
  }
  if (lost.length > 0) {
    const reason = "the workload CA may not change together with the removal of a trusted CA";
    return [
      { reason, remedy: "Change the workload CA first, and remove the CA when no certificate below it is in use." },
    ];
  }
  if (to === undefined) return skippedReturn(deployed, declared);
  return activeRootsLost(deployed, declared);
}

function skippedReturn(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const active = activeRoot(declared.roots);
  if (active === undefined || stateOf(deployed.roots, active) !== "absent") return [];
  const reason = `root ${active} may not sign the workload CA: no client knows it yet`;
  return [{ reason, remedy: `Deploy ${active} as next first.` }];
}

function activeRootsLost(deployed: DeclaredTrust, declared: DeclaredTrust): readonly SkippedStep[] {
  const active = activeRoot(deployed.roots);
  if (active === undefined || stateOf(declared.roots, active) !== "absent") return [];
  const reason = `root ${active} may not go together with the change to the user's own workload CA`;
  return [{ reason, remedy: `Deploy ${active} as retired first.` }];
}

function ownSecret({ workloadCa }: DeclaredTrust): string | undefined {
  return workloadCa.startsWith("secret:") ? workloadCa.slice("secret:".length) : undefined;
}

/** For messages. */
export function describeTrust({ roots, workloadCa }: DeclaredTrust): string {
  return `${formatRoots(roots) || "no root of its own"} with workload CA ${workloadCa}`;
}
