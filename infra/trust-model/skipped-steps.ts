import { rootStep, type SkippedStep, stateOf } from "./root-transitions.ts";
import { activeRoot, formatRoots, type TrustRoot } from "./roots.ts";

/** The declared trust of an installation, as far as the order of steps depends on it. */
export interface DeclaredTrust {
  readonly roots: readonly TrustRoot[];
  /** Generation of the workload CA, or `secret:<name>` of one that the user provides. */
  readonly workloadCa: string;
  /** SHA-256 of the certificates of further CAs in the bundle. */
  readonly trustedCas: readonly string[];
}

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
