import { labels, objectNames } from "#contract";
import { describeProblem } from "#manifest";
import { desiredHashOf, type Notice, regardingOf } from "#shared";
import type { Verdict } from "./manifest-source.ts";
import { relaxationsOf } from "./mapping/relaxations.ts";
import { isWorkload, type Workload } from "./mapping/workload.ts";
import type { Effect } from "./reconcile/execute.ts";
import type { ModuleStatus } from "./status/module-status.ts";

type Reference = Notice["regarding"];

/** Events of one refused manifest: the rest of its errors is in the status. */
const maxProblems = 10;
const deployment: Reference = { apiVersion: "apps/v1", kind: "Deployment", name: objectNames.edgeAgent };
const configMap: Reference = { apiVersion: "v1", kind: "ConfigMap", name: objectNames.deployment };

/** What Events about the manifest are about: that of a connected installation is no object of the cluster. */
export function manifestReference(connected: boolean): Reference {
  return connected ? deployment : configMap;
}

/** Kubernetes Events that tell what came of a manifest. */
export function verdictNotices(verdict: Verdict, regarding: Reference): readonly Notice[] {
  const manifestNotice = (type: Notice["type"], reason: string, note: string): Notice => {
    return { type, reason, action: "ReadManifest", note, regarding, key: note };
  };
  switch (verdict.type) {
    case "accepted":
      return [
        manifestNotice("Normal", "ManifestAccepted", "the deployment manifest is in force"),
        ...verdict.warnings
          .slice(0, maxProblems)
          .map((problem) => manifestNotice("Warning", "ManifestWarning", describeProblem(problem))),
      ];
    case "refused":
      return verdict.problems
        .slice(0, maxProblems)
        .map((problem) => manifestNotice("Warning", "ManifestRefused", describeProblem(problem)));
    case "missing":
      return [manifestNotice("Warning", "ManifestMissing", verdict.error.message)];
    case "unknown":
      return [];
  }
}

/** Kubernetes Events that tell what was done to modules: each change of a Deployment or Job, each repair, each failure. */
export function effectNotices(effects: readonly Effect[], manifest: Reference): readonly Notice[] {
  return effects
    .flatMap((effect) => [effectNotice(effect, manifest), relaxedNotice(effect)])
    .filter((notice) => notice !== undefined);
}

const reasons = {
  create: "ModuleCreated",
  change: "ModuleChanged",
  repair: "ModuleRepaired",
  remove: "ModuleRemoved",
} as const;

/** A claim is changed in its size, or in whether it goes with the installation. */
const claimReasons = {
  create: "ClaimCreated",
  change: "ClaimChanged",
  repair: "ClaimChanged",
  remove: "ClaimRemoved",
} as const;

function effectNotice(effect: Effect, manifest: Reference): Notice | undefined {
  if (effect.type === "failed") {
    const note = effect.error.message;
    return {
      type: "Warning",
      reason: "ModuleFailed",
      action: "Reconcile",
      note,
      regarding: manifest,
      key: note,
    };
  }
  const { action, moduleId, object } = effect;
  const cause = action.type === "apply" ? action.cause : action.type;
  if (!isWorkload(object) && object.kind !== "PersistentVolumeClaim" && cause !== "repair") return undefined;
  const { kind, metadata } = object;
  const { name, uid } = metadata;
  // It is no module, and what it fails in is told of the modules that wait.
  if (metadata.labels?.[labels.puller] !== undefined) return undefined;
  return {
    type: "Normal",
    reason: object.kind === "PersistentVolumeClaim" ? claimReasons[cause] : reasons[cause],
    action: "Reconcile",
    note: `module ${moduleId}: ${cause} ${kind} ${name}`,
    regarding: regardingOf(object),
    key: `${desiredHashOf(object)}/${uid}`,
  };
}

/** Tells of a module that was deployed with less than the hardened defaults, so that nobody has to find out. */
function relaxedNotice(effect: Effect): Notice | undefined {
  if (effect.type === "failed" || effect.action.type === "remove" || !isWorkload(effect.object)) return undefined;
  const relaxations = relaxationsOf(effect.object);
  if (relaxations.length === 0) return undefined;
  return {
    type: "Warning",
    reason: "SecurityRelaxed",
    action: "Reconcile",
    note: `module ${effect.moduleId} has ${relaxations.join(", ")}`,
    regarding: regardingOf(effect.object),
    key: relaxations.join(),
  };
}

/** Kubernetes Event that tells of a module that ran and failed. */
export function moduleFailedNotice(moduleId: string, status: ModuleStatus, workload: Workload): Notice {
  return {
    type: "Warning",
    reason: "ModuleFailed",
    action: "Watch",
    note: `module ${moduleId}: ${status.statusDescription}`,
    regarding: regardingOf(workload),
  };
}
