import { formerModuleObjectName, labels, moduleObjectName, objectNames } from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";
import { type Desired, type DesiredModule, type Reported, readDesired, readReported } from "./desired-modules.ts";
import { podRestarts, podTrouble } from "./pod-trouble.ts";

/** The objects of a namespace by which its installation is assessed. */
export interface Snapshot {
  readonly namespace: string;
  readonly deployments: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
  readonly configMaps: readonly LiveObject[];
  /** Only asked for where something is wrong. */
  readonly events: readonly LiveObject[];
}

export interface ComponentState {
  readonly component: "iotedged" | "edgeagent" | "module";
  /** `iotedged`, `edgeagent`, or the module's id. */
  readonly name: string;
  readonly ready: boolean;
  /** One word: `running`, `starting`, `missing`, `stopped`, `backoff`, ... */
  readonly state: string;
  readonly restarts: number;
  readonly image: string;
  /** What it waits for, where it is not ready. */
  readonly reason?: string | undefined;
}

export interface InstallationState {
  readonly namespace: string;
  /** Undefined where not even Deployment iotedged is there. */
  readonly name: string | undefined;
  readonly ready: boolean;
  readonly components: readonly ComponentState[];
  /** What EdgeAgent has against the manifest. */
  readonly problem?: string | undefined;
}

/** What EdgeAgent reports while it has nothing to do. */
const noManifest = 417;

/** How the installation fares: iotedged, EdgeAgent, and each module that its manifest asks for. */
export function assessInstallation(snapshot: Snapshot): InstallationState {
  const { namespace, configMaps, deployments } = snapshot;
  const desired = readDesired(configMaps);
  const reported = readReported(configMaps);
  const iotedged = deployments.find(({ metadata }) => metadata.name === objectNames.iotedged);
  const components = [daemon("iotedged", snapshot)];
  if (desired.edgeAgentEnabled) {
    components.push(daemon("edgeagent", snapshot));
    for (const module of desired.modules ?? [])
      components.push(module.ends ? jobState(module, reported) : moduleState(module, reported, snapshot));
  }
  const problem = desired.edgeAgentEnabled ? manifestProblem(desired, reported) : undefined;
  return {
    namespace,
    name: iotedged?.metadata.labels?.[labels.instance],
    ready: problem === undefined && components.every(({ ready }) => ready),
    components,
    ...(problem === undefined ? {} : { problem }),
  };
}

function manifestProblem(desired: Desired, reported: Reported | undefined): string | undefined {
  if (reported === undefined) return "EdgeAgent has not reported yet";
  const { manifestDigest, settingsDigest } = desired;
  if (reported.manifestDigest !== manifestDigest) return "EdgeAgent has not taken up the manifest yet";
  if (settingsDigest !== undefined && reported.settingsDigest !== settingsDigest) {
    return "EdgeAgent has not taken up its settings yet";
  }
  if (desired.modules === undefined && reported.code === noManifest) return undefined;
  return reported.code === 200 ? undefined : `EdgeAgent reports ${reported.code}: ${reported.description}`;
}

function daemon(component: "iotedged" | "edgeagent", snapshot: Snapshot): ComponentState {
  const deployment = find(snapshot.deployments, component);
  const { ready, reason } = rollout(component, deployment, snapshot);
  return {
    component,
    name: component,
    ready,
    state: ready ? "running" : deployment === undefined ? "missing" : "starting",
    restarts: podsOf(deployment, snapshot).reduce((sum, pod) => sum + podRestarts(pod), 0),
    image: imageOf(deployment),
    reason,
  };
}

function moduleState(module: DesiredModule, reported: Reported | undefined, snapshot: Snapshot): ComponentState {
  const names = [moduleObjectName(module.id), formerModuleObjectName(module.id)];
  const name = names.find((one) => find(snapshot.deployments, one) !== undefined) ?? moduleObjectName(module.id);
  const deployment = find(snapshot.deployments, name);
  const report = reported?.modules.get(module.id);
  const rolledOut = rollout(name, deployment, snapshot);
  const wanted = module.stopped ? "stopped" : "running";
  const ready = rolledOut.ready && report?.runtimeStatus === wanted;
  const unreported = report === undefined ? "EdgeAgent has not reported it yet" : report.statusDescription;
  return {
    component: "module",
    name: module.id,
    ready,
    state: report?.runtimeStatus ?? (deployment === undefined ? "missing" : "starting"),
    restarts: report?.restartCount ?? 0,
    image: imageOf(deployment),
    reason: ready ? undefined : (rolledOut.reason ?? unreported),
  };
}

/** State of a module that runs as a Job: only EdgeAgent tells whether it has ended well. */
function jobState({ id, stopped }: DesiredModule, reported: Reported | undefined): ComponentState {
  const report = reported?.modules.get(id);
  const { runtimeStatus = "missing", statusDescription = "EdgeAgent has not reported it yet" } = report ?? {};
  const ready = runtimeStatus === "stopped" || (runtimeStatus === "running" && !stopped);
  return {
    component: "module",
    name: id,
    ready,
    state: runtimeStatus,
    restarts: report?.restartCount ?? 0,
    image: report?.image ?? "",
    reason: ready ? undefined : statusDescription,
  };
}

/** Whether every pod is one of the newest template and available, and if not, why. */
function rollout(name: string, deployment: LiveObject | undefined, snapshot: Snapshot) {
  if (deployment === undefined) return { ready: false, reason: `Deployment ${name} does not exist` };
  const waiting = waitsFor(deployment);
  if (waiting === undefined) return { ready: true, reason: undefined };
  const reason = `Deployment ${name} ${waiting}`;
  const troubles = podsOf(deployment, snapshot)
    .map((pod) => [pod.metadata.name, podTrouble(pod, snapshot.events)] as const)
    .filter(([, trouble]) => trouble !== undefined);
  const [first] = troubles;
  const trouble = first === undefined ? deploymentTrouble(deployment) : `pod ${first[0]}: ${first[1]}`;
  return { ready: false, reason: trouble === undefined ? reason : `${reason}; ${trouble}` };
}

/** What the Deployment still waits for. As long as old pods exist, the available ones may be among them. */
function waitsFor({ metadata, spec, status }: LiveObject): string | undefined {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const wanted: number = spec?.replicas ?? 1;
  if (observedGeneration < (metadata.generation ?? 0)) return "is changed, and its controller has not seen that yet";
  if (updatedReplicas < wanted) return `has ${updatedReplicas} of ${wanted} pods of its newest version`;
  if (replicas > wanted && availableReplicas < replicas) return "has new pods that are not available yet";
  if (replicas > wanted) return `has old pods that have not ended: ${replicas - wanted}`;
  return availableReplicas < wanted ? `has ${availableReplicas} of ${wanted} pods available` : undefined;
}

/** Why there are no pods: a quota, or a policy that refuses them. */
function deploymentTrouble(deployment: LiveObject): string | undefined {
  const conditions: { type: string; status: string; message?: string }[] = deployment.status?.conditions ?? [];
  return conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True")?.message;
}

function podsOf(deployment: LiveObject | undefined, snapshot: Snapshot): readonly LiveObject[] {
  const wanted = Object.entries<string>(deployment?.spec?.selector?.matchLabels ?? {});
  if (wanted.length === 0) return [];
  return snapshot.pods.filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
}

function imageOf(deployment: LiveObject | undefined): string {
  return deployment?.spec?.template?.spec?.containers?.[0]?.image ?? "";
}

function find(deployments: readonly LiveObject[], name: string): LiveObject | undefined {
  return deployments.find(({ metadata }) => metadata.name === name);
}
