import { objectNames, proxyContainer } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { CauseId } from "./causes.ts";
import { countOf, type Told } from "./events.ts";
import { type Finding, findingOf, type Hints, type Sighting } from "./finding.ts";
import type { SoughtObjects } from "./sought-objects.ts";

/** The part of an installation that a pod belongs to. */
export interface Part {
  readonly namespace: string;
  /** `iotedged`, `edgeagent`, or a module's id. */
  readonly component: string;
  readonly isModule: boolean;
}

/** What a finding is made from. */
export interface PodContext {
  readonly part: Part;
  readonly pod: LiveObject;
  readonly told: readonly Told[];
  readonly hints: Hints;
  readonly sought: SoughtObjects;
}

/** The command that shows a log: modules have one of edgectl. */
export function logsHint(
  { component, namespace, isModule }: Part,
  hints: Hints,
  { container, previous }: { readonly container: string; readonly previous: boolean },
  pod: LiveObject,
): string {
  if (isModule && container !== "proxy") return hints.logs(component, namespace, previous);
  return `${hints.kubectl} logs ${pod.metadata.name} -n ${namespace} -c ${container}${previous ? " --previous" : ""}`;
}

/** Key of the stack that says what the container is and gets; none of a module's own, of which the manifest does. */
export function stackPart({ component, isModule }: Part, container: string): { readonly part?: string } {
  if (container === proxyContainer) return { part: "proxy" };
  if (isModule) return {};
  return { part: component === objectNames.edgeAgent ? "edgeAgent" : "iotedged" };
}

/** Told while the kubelet waits before it pulls again: nothing new is known by it. */
const pauses = /^Error: (ImagePullBackOff|ErrImagePull)$|image pull secrets/;

/** A finding of something that the pod waits for, which the kubelet looks at again and again. */
export function waiting(
  { part, pod, told, hints }: PodContext,
  id: CauseId,
  message: string,
  evidence: string,
  details: Readonly<Record<string, string>> = {},
  more: Pick<Sighting, "missing" | "isUnaided"> = {},
): Finding {
  const { namespace, component } = part;
  const subject = pod.metadata.uid;
  const tries = countOf(told.filter(({ reason, message }) => reason.startsWith("Failed") && !pauses.test(message)));
  const seen = { subject, occurrence: `${subject} ${id} ${tries}`, ...more };
  return findingOf(id, { namespace, component, message, evidence, seen }, hints, {
    pod: pod.metadata.name,
    ...details,
  });
}
