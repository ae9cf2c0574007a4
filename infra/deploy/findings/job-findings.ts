import type { LiveObject } from "../../kubernetes/index.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";
import type { Part } from "./pod-context.ts";
import { podFinding } from "./pod-findings.ts";
import type { SoughtObjects } from "./sought-objects.ts";

/**
 * Why a module that runs as a Job has not ended well.
 *
 * @param pods of the module, the newest first
 * @param report what EdgeAgent says of it; over is a Job that is not tried again
 */
export function jobFinding(
  part: Part,
  pods: readonly LiveObject[],
  { isOver, statusDescription }: { readonly isOver: boolean; readonly statusDescription: string },
  { events, sought }: { readonly events: readonly LiveObject[]; readonly sought?: SoughtObjects | undefined },
  hints: Hints,
): Finding | undefined {
  const { namespace, component } = part;
  const ofPod = pods
    .map((pod) => podFinding(part, pod, events, hints, sought))
    .find((finding) => finding !== undefined);
  if (!isOver) return ofPod;
  const log = ofPod?.seen.log && { ...ofPod.seen.log, previous: false };
  const subject = pods[0]?.metadata.uid ?? namespace;
  const details = { logs: hints.logs(component, namespace, false), restart: hints.restart(component, namespace) };
  return findingOf(
    "job-failed",
    {
      namespace,
      component,
      message: ofPod?.message ?? statusDescription,
      evidence: ofPod?.evidence ?? statusDescription,
      seen: { subject, occurrence: `${subject} ${statusDescription}`, ...(log && { log }) },
    },
    hints,
    details,
  );
}
