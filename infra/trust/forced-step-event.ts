import { randomBytes } from "node:crypto";
import { objectNames } from "#contract";
import type { ObjectToApply } from "../kubernetes/index.ts";
import type { Blocker } from "./blockers.ts";
import type { WaitingStep } from "./next-step.ts";

const maxNote = 1024;

/** Event that tells who looks later that a step was taken in spite of what blocked it, and why. */
export function forcedStepEvent(options: {
  readonly namespace: string;
  readonly step: WaitingStep;
  readonly blockers: readonly Blocker[];
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): ObjectToApply {
  const { namespace, step, blockers, reason, now } = options;
  const ignored = blockers.map(({ pod, message }) => `${pod === "" ? "" : `${pod}: `}${message}`).join("; ");
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${objectNames.trustBundle}.${randomBytes(8).toString("hex")}`, namespace },
    eventTime: new Date(now).toISOString().replace("Z", "000Z"),
    type: "Warning",
    reason: "TrustStepForced",
    action: "Rotate",
    note: `Step ${step} was forced (${reason}) in spite of: ${ignored}`.slice(0, maxNote),
    regarding: { apiVersion: "v1", kind: "ConfigMap", name: objectNames.trustBundle, namespace },
    reportingController: "iotedge.dev/edgectl",
    reportingInstance: "edgectl",
  };
}
