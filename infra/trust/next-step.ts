import { activeRoot, type DeclaredTrust, formatRoots, isTrusted, type TrustRoot } from "../trust-model/index.ts";
import { type Blocker, bundleBlockers, rootBlockers, workloadCaBlockers } from "./blockers.ts";
import type { ObservedTrust } from "./observed-trust.ts";

/** Steps that wait for something. Each can be forced. */
export const waitingSteps = ["promote", "drop", "finish"] as const;
export type WaitingStep = (typeof waitingSteps)[number];

/** What of an installation's trust edgectl writes into the stack's file. */
export interface TrustChange {
  readonly roots?: readonly TrustRoot[];
  readonly workloadCa?: string;
}

/** What to do next. It follows from what is declared and what the cluster tells, and from nothing else. */
export type NextStep =
  /** Change the stack's file. */
  | { readonly kind: "edit"; readonly title: string; readonly change: TrustChange }
  /** Deploy what the file declares. */
  | { readonly kind: "deploy" }
  /** Take `step` when the blockers are gone; forced, do `then` in spite of them. */
  | {
      readonly kind: "wait";
      readonly step: WaitingStep;
      readonly blockers: readonly Blocker[];
      readonly then: NextStep;
    }
  | { readonly kind: "done" }
  | { readonly kind: "refuse"; readonly reason: string; readonly remedy: string };

type Declared = Pick<DeclaredTrust, "roots" | "workloadCa">;

/**
 * The next step on the way to `goal` as the only root. A root that is on the way out is promoted back, so taking a
 * rotation back is the way to the root from before.
 *
 * @param now milliseconds since the epoch
 */
export function nextRootStep(declared: Declared, observed: ObservedTrust, goal: string, now: number): NextStep {
  const undeployed = notDeployed(declared, observed);
  if (undeployed !== undefined) return undeployed;
  const { roots } = declared;
  const active = activeRoot(roots);
  if (active === undefined) return refuseOwnCa(declared);
  const state = roots.find(({ id }) => id === goal)?.state;
  if (state === "revoked") return refuse(`root ${goal} is revoked`, "Take another id.");
  if (active === goal) return towardsOnlyRoot(roots, observed, goal, now);
  if (state === undefined) return addRoot(roots, goal);
  const promoted = roots.map((root): TrustRoot => {
    if (root.id === goal) return { id: goal, state: "active" };
    return root.id === active ? { id: active, state: "retired" } : root;
  });
  const edit = editRoots(`issue from ${goal}`, promoted);
  return gated("promote", bundleBlockers(observed), edit);
}

/** The next step on the way to `goal` as the generation of the workload CA that everything in use comes from. */
export function nextWorkloadCaStep(declared: Declared, observed: ObservedTrust, goal: string, now: number): NextStep {
  const undeployed = notDeployed(declared, observed);
  if (undeployed !== undefined) return undeployed;
  if (declared.workloadCa.startsWith("secret:")) return refuseOwnCa(declared);
  if (declared.workloadCa !== goal) {
    const edit: NextStep = { kind: "edit", title: `issue from workload CA ${goal}`, change: { workloadCa: goal } };
    return gated("promote", bundleBlockers(observed), edit);
  }
  return gated("finish", workloadCaBlockers(observed, now), { kind: "done" });
}

function towardsOnlyRoot(roots: readonly TrustRoot[], observed: ObservedTrust, goal: string, now: number): NextStep {
  const newer = roots.filter(({ state }) => state === "next").map(({ id }) => id);
  if (newer.length > 0) {
    const rest = roots.filter(({ state }) => state !== "next");
    return editRoots(`take ${newer.join(" and ")} out of the bundle again`, rest);
  }
  if (roots.length === 1) return gated("finish", bundleBlockers(observed), { kind: "done" });
  const others = roots.filter(({ id }) => id !== goal).map(({ id }) => id);
  const edit = editRoots(`take ${others.join(" and ")} out of the bundle`, [{ id: goal, state: "active" }]);
  return gated("drop", [...rootBlockers(observed, now), ...bundleBlockers(observed)], edit);
}

function addRoot(roots: readonly TrustRoot[], goal: string): NextStep {
  const waiting = roots.find(({ state }) => state === "next");
  if (waiting !== undefined) {
    return refuse(
      `root ${waiting.id} is on its way in already`,
      `Finish that rotation by \`--to ${waiting.id}\`, or abort it.`,
    );
  }
  const newer = roots.find(({ id }) => isOlder(goal, id));
  if (newer !== undefined) {
    return refuse(`root ${goal} is older than ${newer.id}, and ids are never used again`, "Take a newer id.");
  }
  return editRoots(`add ${goal} to the bundle`, [
    ...roots.filter(({ state }) => isTrusted(state)),
    { id: goal, state: "next" },
  ]);
}

/** Of ids that edgectl gives; nobody knows the order of others. */
function isOlder(id: string, other: string): boolean {
  const [number, otherNumber] = [id, other].map((one) => /^r(\d{1,9})$/.exec(one)?.[1]);
  return number !== undefined && otherNumber !== undefined && Number(number) < Number(otherNumber);
}

function notDeployed(declared: Declared, { deployed, namespace }: ObservedTrust): NextStep | undefined {
  if (deployed === undefined)
    return refuse(`nothing is deployed in ${namespace}`, "Deploy the stack by `edgectl up` first.");
  const same =
    formatRoots(declared.roots) === formatRoots(deployed.roots) && declared.workloadCa === deployed.workloadCa;
  return same ? undefined : { kind: "deploy" };
}

function gated(step: WaitingStep, blockers: readonly Blocker[], then: NextStep): NextStep {
  return blockers.length === 0 ? then : { kind: "wait", step, blockers, then };
}

function editRoots(title: string, roots: readonly TrustRoot[]): NextStep {
  return { kind: "edit", title, change: { roots } };
}

function refuseOwnCa({ workloadCa }: Declared): NextStep {
  const name = workloadCa.replace("secret:", "Secret ");
  return refuse(`the workload CA is your own (${name})`, "Rotate it where it is made; docs/trust.md tells the order.");
}

function refuse(reason: string, remedy: string): NextStep {
  return { kind: "refuse", reason, remedy };
}
