import { objectNames } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { CauseId } from "./causes.ts";
import { endFinding } from "./container-end.ts";
import { eventsAbout, type Told } from "./events.ts";
import type { Finding, Hints } from "./finding.ts";
import { imageTrouble, registryOf } from "./image-trouble.ts";
import { type MissingObject, missingObject } from "./missing-object.ts";
import { logsHint, type Part, type PodContext, waiting } from "./pod-context.ts";
import { type ContainerStatus, conditionOf, containersOf } from "./pod-status.ts";
import { pullSecretState } from "./pull-secrets.ts";
import { nothingSought, objectName, type SoughtObjects } from "./sought-objects.ts";

/** Waiting for what comes before: volumes, init containers, the image. */
const ordinary: ReadonlySet<string | undefined> = new Set([undefined, "PodInitializing", "ContainerCreating"]);
const asRoot = /runAsNonRoot|breaks non-root policy/;
const pullFailure = /^Failed to pull image "/;

/** Why a pod does not run, or is not ready: what its first container in trouble says. Undefined when nothing is known. */
export function podFinding(
  part: Part,
  pod: LiveObject,
  events: readonly LiveObject[],
  hints: Hints,
  sought: SoughtObjects = nothingSought,
): Finding | undefined {
  const context = { part, pod, told: eventsAbout(events, pod.metadata.uid), hints, sought };
  const inTrouble =
    unscheduled(context) ?? unheard(context) ?? first(containersOf(pod), (status) => containerFinding(status, context));
  return inTrouble ?? warned(context);
}

function unscheduled(context: PodContext): Finding | undefined {
  const { status, reason = "", message = "" } = conditionOf(context.pod, "PodScheduled") ?? {};
  if (status !== "False") return undefined;
  const claim = /persistentvolumeclaim "([^"]+)" not found/.exec(message)?.[1];
  // Resources of device plugins, alone of all, are called by a domain.
  const resource = /Insufficient ([\w.-]+\/[\w.-]*\w)/.exec(message)?.[1];
  const evidence = `${reason}: ${message}`;
  if (claim !== undefined) {
    return waiting(context, "claim-missing", `PersistentVolumeClaim ${claim} does not exist`, evidence);
  }
  const text = `no node takes its pod: ${message}`;
  if (resource !== undefined) return waiting(context, "device-missing", text, evidence, { resource });
  const isDefinite = matchesNoNode(message) && !isScaledUp(context);
  return waiting(context, isDefinite ? "no-node-matches" : "unschedulable", text, evidence);
}

/** Whether the scheduler has ruled out every node by its labels alone: taints and room may change, and a label does not. */
function matchesNoNode(message: string): boolean {
  const [, nodes] = /^0\/(\d{1,6}) nodes are available: /.exec(message) ?? [];
  const [, mismatched] = /\b(\d{1,6}) node\(s\) didn't match Pod's node affinity\/selector/.exec(message) ?? [];
  return nodes !== undefined && Number(nodes) > 0 && nodes === mismatched;
}

/** Whether an autoscaler makes a node for the pod: cluster-autoscaler and Karpenter say so. */
function isScaledUp({ told }: PodContext): boolean {
  return told.some(({ reason }) => reason === "TriggeredScaleUp" || reason === "Nominated");
}

/** Kubernetes takes the pod alone for not ready, and leaves what the node has said last of its containers. */
function unheard(context: PodContext): Finding | undefined {
  const { pod } = context;
  const ready = conditionOf(pod, "Ready");
  if (ready?.status !== "False" || conditionOf(pod, "ContainersReady")?.status !== "True") return undefined;
  const node = String(pod.spec?.nodeName ?? "");
  const evidence = `Ready: False since ${ready.lastTransitionTime ?? "an unknown time"}, ContainersReady: True`;
  return waiting(context, "node-lost", `nothing is heard of its node ${node}`, evidence, { node });
}

function containerFinding(status: ContainerStatus, context: PodContext): Finding | undefined {
  const { state, lastState, ready } = status;
  const { reason, message = "" } = state?.waiting ?? {};
  if (state?.waiting !== undefined && reason !== "CrashLoopBackOff" && reason !== "RunContainerError") {
    if (ordinary.has(reason)) return undefined;
    return (
      imageFinding(status, { reason, message }, context) ?? configFinding(status, context, `${reason}: ${message}`)
    );
  }
  const ended = state?.terminated ?? lastState?.terminated;
  const isOver = state?.running === undefined;
  if (ended !== undefined && isAsWanted(status, context.pod, ended.exitCode)) return undefined;
  if (ended !== undefined && (isOver || ready === false)) return endFinding(status, ended, context);
  return ready === false && !isOver ? unhealthy(status, context) : undefined;
}

/** What may end has ended well: an init container, and the module of a Job. */
function isAsWanted({ name }: ContainerStatus, { spec }: LiveObject, exitCode: number): boolean {
  const isOwn = spec?.containers?.some((container: { name: string }) => container.name === name) ?? true;
  return exitCode === 0 && (!isOwn || (spec?.restartPolicy ?? "Always") !== "Always");
}

function imageFinding(
  { name, image = "" }: Pick<ContainerStatus, "name" | "image">,
  { reason, message }: { readonly reason: string | undefined; readonly message: string },
  context: PodContext,
): Finding | undefined {
  const asked = specImage(context.pod, name) ?? image;
  const cause = imageTrouble(reason, message, asked);
  if (cause === undefined) return undefined;
  const registry = registryOf(asked);
  const what =
    name === context.pod.spec?.containers?.[0]?.name ? `image ${asked}` : `image ${asked} of container ${name}`;
  const evidence = `${reason}: ${message}`;
  if (cause === "image-unauthorized") return unauthorized(context, { what, evidence, registry });
  return waiting(context, cause, `${what} ${imageTexts[cause]}`, evidence, { registry });
}

/** What is to be done depends on whether the pod has the pull Secrets that it shall have. */
function unauthorized(
  context: PodContext,
  { what, evidence, registry }: { readonly what: string; readonly evidence: string; readonly registry: string },
): Finding {
  const { pod, told, sought } = context;
  const named: readonly { readonly name: string }[] = pod.spec?.imagePullSecrets ?? [];
  const tried = told.find(({ reason, message }) => reason === "Failed" && pullFailure.test(message))?.time;
  const secrets = pullSecretState(
    named.map(({ name }) => name),
    told,
    sought,
    tried,
  );
  if (secrets.type === "missing") {
    const names = secrets.names.join(", ");
    const text = `${what} cannot be pulled: pull Secret ${names} does not exist`;
    const details = { secrets: names, firstSecret: secrets.names[0] ?? "", registry };
    const isLooked = secrets.looked.length === secrets.names.length;
    const missing = isLooked ? { missing: secrets.looked.map((name) => objectName("Secret", name)) } : {};
    return waiting(context, "pull-secret-missing", text, evidence, details, missing);
  }
  if (secrets.type !== "none") {
    const why =
      secrets.type === "come"
        ? "has come since the node tried"
        : "is named by the pod that takes the place of this one";
    const text = `${what} cannot be pulled yet: pull Secret ${secrets.name} ${why}`;
    return waiting(context, "image-pull", text, evidence, { registry });
  }
  const text = `${what} ${imageTexts["image-unauthorized"]}`;
  const unaided = named.length === 0 ? { isUnaided: true } : {};
  return waiting(context, "image-unauthorized", text, evidence, { registry }, unaided);
}

const imageTexts: Readonly<Partial<Record<CauseId, string>>> = {
  "image-name-invalid": "has a name that no registry can have",
  "image-not-on-node": "may not be pulled (imagePullPolicy: never), and is not on the node",
  "image-platform": "does not exist for the node's architecture",
  "registry-untrusted": "cannot be pulled: the node does not trust its registry",
  "image-unauthorized": "cannot be pulled: its registry refuses it, or has no such image for whom it does not know",
  "image-not-found": "cannot be pulled: its registry does not have it",
  "image-pull": "cannot be pulled now",
};

function configFinding({ name }: ContainerStatus, context: PodContext, evidence: string): Finding {
  const missing = missingObject(evidence);
  if (missing !== undefined) return ofMissing(context, missing, evidence);
  if (asRoot.test(evidence))
    return waiting(context, "runs-as-root", `container ${name} would run as root, which it may not`, evidence);
  return waiting(context, "pod-waits", `container ${name} cannot be made now: ${evidence}`, evidence);
}

function ofMissing(context: PodContext, { kind, name, key }: MissingObject, evidence: string): Finding {
  const text = key === undefined ? `${kind} ${name} does not exist` : `${kind} ${name} has no key ${key}`;
  if (key === undefined && context.sought.come.has(objectName(kind, name))) {
    return waiting(context, "pod-waits", `${kind} ${name} has come since the node looked for it`, evidence);
  }
  const id = kind === "Secret" ? "secret-missing" : "configmap-missing";
  // The manifest names none of these; a proxy needs the trust bundle.
  const isOwn = key === undefined && Object.values<string>(objectNames).includes(name);
  return waiting(context, id, text, evidence, isOwn ? { part: context.part.component } : {});
}

/** A node may have a new pod before the API server's authorizer of nodes has: what it reads for the pod is refused at first. */
function isAheadOfAuthorizer({ message, count }: Told): boolean {
  return count < 3 && /is forbidden: User "system:node:/.test(message);
}

/** What the kubelet has warned of last, while the pod waits for its containers. */
function warned(context: PodContext): Finding | undefined {
  const { pod, told } = context;
  const isWaiting = containersOf(pod).some(
    ({ state }) => ordinary.has(state?.waiting?.reason) && state?.running === undefined,
  );
  if (!isWaiting && containersOf(pod).length > 0) return undefined;
  const notPulled = unpulled(context);
  if (notPulled !== undefined) return notPulled;
  const isTrouble = (one: Told) =>
    one.reason.startsWith("Failed") && one.reason !== "FailedScheduling" && !isAheadOfAuthorizer(one);
  const warning = told.find(isTrouble);
  if (warning === undefined) return undefined;
  const evidence = `${warning.reason}: ${warning.message}`;
  const missing = missingObject(warning.message);
  if (missing !== undefined) return ofMissing(context, missing, evidence);
  const template = /resource claim template "([^"]+)": .* not found/.exec(warning.message)?.[1];
  if (template !== undefined) {
    const text = `ResourceClaimTemplate ${template} does not exist`;
    return waiting(context, "claim-template-missing", text, evidence, { template });
  }
  return waiting(context, "pod-waits", `its pod cannot be started now: ${evidence}`, evidence);
}

/** An image that could not be pulled: the kubelet tells it some seconds before it writes the container's state. */
function unpulled(context: PodContext): Finding | undefined {
  const failure = context.told.find(({ reason, message }) => reason === "Failed" && pullFailure.test(message));
  const status = containersOf(context.pod).find(({ name }) => name === failure?.container);
  if (failure === undefined || status?.state?.waiting === undefined) return undefined;
  return imageFinding(status, { reason: "ErrImagePull", message: failure.message }, context);
}

function unhealthy({ name }: ContainerStatus, context: PodContext): Finding | undefined {
  const check = context.told.find(({ reason, container }) => reason === "Unhealthy" && (container ?? name) === name);
  if (check === undefined) return undefined;
  const { part, hints, pod } = context;
  const log = { pod: pod.metadata.name, container: name, previous: false };
  const logs = logsHint(part, hints, log, pod);
  return waiting(context, "not-ready", `it runs, but its health check fails: ${check.message}`, check.message, {
    logs,
  });
}

function specImage({ spec }: LiveObject, container: string): string | undefined {
  const all: readonly { name: string; image?: string }[] = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
  ];
  return all.find(({ name }) => name === container)?.image;
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
