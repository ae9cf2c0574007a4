import type { LiveObject } from "../../kubernetes/index.ts";
import type { CauseId } from "./causes.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";
import type { Part } from "./pod-context.ts";
import { conditionOf } from "./pod-status.ts";

const patterns: readonly (readonly [CauseId, RegExp])[] = [
  // A webhook that does not answer, and an account that is made a moment later, are no verdict on the pod.
  ["pod-create", /failed calling webhook|error looking up service account/i],
  ["runtime-class-missing", /RuntimeClass "[^"]+" not found/],
  ["quota-exceeded", /exceeded quota|failed quota/i],
  [
    "pod-refused",
    /violates PodSecurity|denied the request|denied request|ValidatingAdmissionPolicy|(?:maximum|minimum) (?:cpu|memory|[a-z-]+ usage|limit)|no PriorityClass with name|is invalid:/i,
  ],
];

/**
 * Why a Deployment has no pods: a quota, or a policy that refuses them.
 *
 * @param isFreeing whether pods of the namespace are ending: then a quota may have room in a moment
 */
export function workloadFinding(
  part: Part,
  deployment: LiveObject,
  hints: Hints,
  isFreeing: boolean,
): Finding | undefined {
  const condition = conditionOf(deployment, "ReplicaFailure");
  if (condition?.status !== "True") return undefined;
  const { reason = "", message = "", lastUpdateTime = "" } = condition;
  const found = patterns.find(([, pattern]) => pattern.test(message))?.[0] ?? "pod-create";
  const id = found === "quota-exceeded" && isFreeing ? "pod-create" : found;
  const subject = deployment.metadata.uid;
  const { namespace, component } = part;
  return findingOf(
    id,
    {
      namespace,
      component,
      message: `no pod: ${message}`,
      evidence: `Deployment ${deployment.metadata.name}: ${reason}: ${message}`,
      seen: { subject, occurrence: `${subject} ${deployment.metadata.generation ?? 0} ${lastUpdateTime}` },
    },
    hints,
  );
}
