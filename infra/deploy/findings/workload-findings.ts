import type { LiveObject } from "../../kubernetes/index.ts";
import type { CauseId } from "./causes.ts";
import { type Told, tellEvent } from "./events.ts";
import { type Finding, findingOf, type Hints } from "./finding.ts";
import type { Part } from "./pod-context.ts";
import { type Condition, conditionOf } from "./pod-status.ts";

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
  events: readonly LiveObject[],
  hints: Hints,
  isFreeing: boolean,
): Finding | undefined {
  const condition = conditionOf(deployment, "ReplicaFailure");
  if (condition?.status !== "True") return undefined;
  const { reason = "", message, occurrence } = lastRefusal(deployment, condition, events);
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
      seen: { subject, occurrence: `${subject} ${occurrence}` },
    },
    hints,
  );
}

interface Refusal {
  readonly reason: string | undefined;
  readonly message: string;
  readonly occurrence: string;
}

/**
 * Why the last pod was not made. The condition keeps the message that it has begun with for as long as there are refusals
 * for whatever cause, those of a former template included: what is told of the ReplicaSets goes on.
 */
function lastRefusal(
  { metadata }: LiveObject,
  { reason, message = "", lastUpdateTime = "" }: Condition,
  events: readonly LiveObject[],
): Refusal {
  const last = events
    .filter(({ reason, involvedObject }) => reason === "FailedCreate" && isOf(metadata.name, involvedObject))
    .map((event) => ({ uid: event.metadata.uid, ...tellEvent(event) }))
    .reduce<(Told & { readonly uid: string }) | undefined>(
      (newest, told) => (newest === undefined || told.time >= newest.time ? told : newest),
      undefined,
    );
  if (last === undefined || last.time < lastUpdateTime) return { reason, message, occurrence: lastUpdateTime };
  const said = last.message.replace(/^(?:\(combined from similar events\): )?Error creating: /, "");
  return { reason: last.reason, message: said, occurrence: `${last.uid} ${last.count} ${last.time}` };
}

/** Whether it is a ReplicaSet of the Deployment: its name has the hash of a template at its end. */
function isOf(deployment: string, about: LiveObject["involvedObject"]): boolean {
  const name = String(about?.name ?? "");
  return (
    about?.kind === "ReplicaSet" &&
    name.startsWith(`${deployment}-`) &&
    !name.slice(deployment.length + 1).includes("-")
  );
}
