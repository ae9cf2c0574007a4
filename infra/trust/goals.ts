import { activeRoot, type DeclaredTrust, isTrusted, type TrustRoot } from "../trust-model/index.ts";
import { workloadCaBlockers } from "./blockers.ts";
import type { TrustChange } from "./next-step.ts";
import type { ObservedTrust } from "./observed-trust.ts";

type Declared = Pick<DeclaredTrust, "roots" | "workloadCa">;

/** The root that a rotation leads to: that of a rotation under way, else a new one. */
export function rootGoal(declared: Declared, observed: ObservedTrust): string {
  const { roots } = declared;
  const coming = roots.find(({ state }) => state === "next");
  if (coming !== undefined) return coming.id;
  const active = activeRoot(roots);
  const known = [...roots, ...(observed.deployed?.roots ?? [])];
  const isUnderWay = known.some(({ state }) => state === "retired");
  return active !== undefined && isUnderWay
    ? active
    : nextId(
        known.map(({ id }) => id),
        "r",
      );
}

/** The generation that a rotation of the workload CA leads to. */
export function workloadCaGoal(declared: Declared, observed: ObservedTrust, now: number): string {
  const deployed = observed.deployed?.workloadCa ?? declared.workloadCa;
  const isUnderWay = deployed !== declared.workloadCa || workloadCaBlockers(observed, now).length > 0;
  return isUnderWay ? declared.workloadCa : nextId([declared.workloadCa, deployed], "w");
}

/**
 * The root that taking a rotation back leads to, the oldest that is trusted; undefined where there is nothing to take
 * back, or no way.
 *
 * @param deployed where an earlier call was cut off, the cluster is behind the file
 */
export function abortGoal(declared: readonly TrustRoot[], deployed: readonly TrustRoot[]): string | undefined {
  const [oldest, ...newer] = trustedIds(declared);
  const [before, ...behind] = trustedIds(deployed);
  const isCutOff = oldest !== undefined && oldest === before && behind.length > 0;
  return newer.length > 0 || isCutOff ? oldest : undefined;
}

function trustedIds(roots: readonly TrustRoot[]): readonly string[] {
  return roots.filter(({ state }) => isTrusted(state)).map(({ id }) => id);
}

/**
 * Takes a root out of the bundle at once. Where it is the one that signs, another takes over in the same step, and the
 * workload CA gets another key: whoever has the stack's state has both keys.
 */
export function revocation(declared: Declared, id: string): TrustChange | undefined {
  const { roots, workloadCa } = declared;
  const root = roots.find((one) => one.id === id);
  if (root === undefined) return undefined;
  const revoked = roots.map((one): TrustRoot => (one.id === id ? { id, state: "revoked" } : one));
  if (root.state !== "active") return { roots: revoked };
  const heir =
    roots.find(({ state }) => state === "next")?.id ??
    nextId(
      roots.map((one) => one.id),
      "r",
    );
  const others = revoked.filter((one) => one.id !== heir);
  const change = { roots: [...others, { id: heir, state: "active" as const }] };
  return workloadCa.startsWith("secret:") ? change : { ...change, workloadCa: nextId([workloadCa], "w") };
}

/** `r3` after `r1` and `r2`: ids are never used again. */
export function nextId(ids: readonly string[], prefix: string): string {
  const numbers = ids.flatMap((id) => (id.startsWith(prefix) ? [Number(id.slice(prefix.length))] : []));
  return `${prefix}${Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1}`;
}
