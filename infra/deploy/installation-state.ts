import {
  formerModuleObjectName,
  type HubRecord,
  labels,
  moduleObjectName,
  objectNames,
  type TwinRecord,
} from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";
import { type Desired, type DesiredModule, type Reported, readDesired, readReported } from "./desired-modules.ts";
import { accountFinding } from "./findings/account-age.ts";
import { type Finding, type Hints, inOneLine } from "./findings/finding.ts";
import { jobFinding } from "./findings/job-findings.ts";
import { manifestFindings } from "./findings/manifest-findings.ts";
import type { Part } from "./findings/pod-context.ts";
import { podFinding } from "./findings/pod-findings.ts";
import { podRestarts, readySince } from "./findings/pod-status.ts";
import { pullerFindings } from "./findings/puller-findings.ts";
import { objectName, type SoughtObjects } from "./findings/sought-objects.ts";
import { workloadFinding } from "./findings/workload-findings.ts";
import { readHubRecord } from "./hub-record.ts";
import { newestPods } from "./newest-pods.ts";

/** The objects of a namespace by which its installation is assessed. */
export interface Snapshot {
  readonly namespace: string;
  readonly deployments: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
  readonly configMaps: readonly LiveObject[];
  /** ServiceAccounts; undefined where the user may not see them. */
  readonly accounts?: readonly LiveObject[] | undefined;
  /** Milliseconds; by it the tokens of deleted accounts have ended. */
  readonly now?: number;
  /** Only asked for where something is wrong. */
  readonly events: readonly LiveObject[];
  /** Only looked at where a kubelet has looked for some in vain. */
  readonly sought?: SoughtObjects | undefined;
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
  /** Since when its pods are ready, as the API writes times. */
  readonly readySince?: string | undefined;
}

export interface InstallationState {
  readonly namespace: string;
  /** Undefined where not even Deployment iotedged is there. */
  readonly name: string | undefined;
  readonly ready: boolean;
  readonly components: readonly ComponentState[];
  /** How it fares with its IoT Hub; absent where it stands alone, or iotedged has said nothing yet. */
  readonly hub?: HubRecord | undefined;
  /** How EdgeAgent stands with it, and what came of the hub's manifest. */
  readonly twin?: TwinState | undefined;
  /** What EdgeAgent has against the manifest. */
  readonly problem?: string | undefined;
  /** What is wrong, why, and what to do about it; warnings also where all is ready. */
  readonly findings: readonly Finding[];
  /** What pods name and is not there, whether or not that keeps them from running. */
  readonly missing?: readonly string[];
}

export interface TwinState extends TwinRecord {
  /** What EdgeAgent says of the manifest: 200, 400, 406, 417 or 500. */
  readonly code: number;
}

/** What EdgeAgent reports while it has nothing to do. */
const noManifest = 417;
/** What it reports of a manifest that it cannot accept. */
const refusedManifest = 400;

interface Assessed extends ComponentState {
  readonly finding?: Finding | undefined;
}

/** How the installation fares: iotedged, EdgeAgent, and each module that its manifest asks for. */
export function assessInstallation(snapshot: Snapshot, hints: Hints): InstallationState {
  const { namespace, configMaps, deployments } = snapshot;
  const desired = readDesired(configMaps);
  const reported = readReported(configMaps);
  const iotedged = deployments.find(({ metadata }) => metadata.name === objectNames.iotedged);
  const assessed = [daemon("iotedged", snapshot, hints)];
  if (desired.edgeAgentEnabled) {
    assessed.push(daemon("edgeagent", snapshot, hints));
    for (const module of modulesInForce(desired, reported))
      assessed.push((module.ends ? jobState : moduleState)(module, reported, snapshot, hints));
  }
  const missing = [...(snapshot.sought?.since ?? [])].flatMap(([name, since]) =>
    since === undefined ? [objectName("Secret", name)] : [],
  );
  const problem = desired.edgeAgentEnabled ? manifestProblem(desired, reported) : undefined;
  const hub = desired.connected ? readHubRecord(configMaps) : undefined;
  const twin = desired.connected && reported?.hub !== undefined ? { ...reported.hub, code: reported.code } : undefined;
  const ofManifest = desired.edgeAgentEnabled ? manifestFindings(namespace, desired, reported, hints) : [];
  return {
    namespace,
    name: iotedged?.metadata.labels?.[labels.instance],
    ready: problem === undefined && assessed.every(({ ready }) => ready),
    components: assessed.map(({ finding: _, ...component }) => component),
    ...(hub === undefined ? {} : { hub }),
    ...(twin === undefined ? {} : { twin }),
    ...(problem === undefined ? {} : { problem }),
    ...(missing.length === 0 ? {} : { missing }),
    findings: [
      ...ofManifest,
      ...pullerFindings(snapshot, hints),
      ...assessed.flatMap(({ finding }) => (finding === undefined ? [] : [finding])),
    ],
  };
}

/**
 * Of a manifest that EdgeAgent has refused no module is made, while those of the one before run on. What IoT Hub asks for is
 * known by EdgeAgent alone.
 */
function modulesInForce(desired: Desired, reported: Reported | undefined): readonly DesiredModule[] {
  if (desired.connected) return reported?.inForce ?? [];
  const isRefused = reported?.code === refusedManifest && reported.manifestDigest === desired.manifestDigest;
  return isRefused ? reported.inForce : (desired.modules ?? []);
}

function manifestProblem(desired: Desired, reported: Reported | undefined): string | undefined {
  if (reported === undefined) return "EdgeAgent has not reported yet";
  const { connected, manifestDigest, settingsDigest } = desired;
  if (!connected && reported.manifestDigest !== manifestDigest) return "EdgeAgent has not taken up the manifest yet";
  if (settingsDigest !== undefined && reported.settingsDigest !== settingsDigest) {
    return "EdgeAgent has not taken up its settings yet";
  }
  if (desired.modules === undefined && reported.code === noManifest) return undefined;
  if (reported.code === refusedManifest) {
    const stays = reported.inForce.length === 0 ? "" : ", and the one before stays in force";
    return `EdgeAgent has refused the manifest${stays}: ${reported.description}`;
  }
  return reported.code === 200 ? undefined : `EdgeAgent reports ${reported.code}: ${reported.description}`;
}

function daemon(component: "iotedged" | "edgeagent", snapshot: Snapshot, hints: Hints): Assessed {
  const deployment = find(snapshot.deployments, component);
  const part = { namespace: snapshot.namespace, component, isModule: false };
  // No stack asks for that: somebody has turned it off by hand.
  const isOff = deployment?.spec?.replicas === 0;
  const { ready, reason, since, finding } = isOff
    ? { ready: false, reason: `Deployment ${component} is scaled to 0 pods` }
    : withOwnAccount(part, deployment, snapshot, hints);
  return {
    component,
    name: component,
    ready,
    state: ready ? "running" : deployment === undefined ? "missing" : isOff ? "stopped" : "starting",
    restarts: podsOf(deployment, snapshot).reduce((sum, pod) => sum + podRestarts(pod), 0),
    image: imageOf(deployment),
    reason,
    ...(since === undefined ? {} : { readySince: since }),
    finding,
  };
}

function moduleState(
  module: DesiredModule,
  reported: Reported | undefined,
  snapshot: Snapshot,
  hints: Hints,
): Assessed {
  const names = [moduleObjectName(module.id), formerModuleObjectName(module.id)];
  const name = names.find((one) => find(snapshot.deployments, one) !== undefined) ?? moduleObjectName(module.id);
  const deployment = find(snapshot.deployments, name);
  const report = reported?.modules.get(module.id);
  const part = { namespace: snapshot.namespace, component: module.id, isModule: true };
  const rolledOut = rollout(part, name, deployment, snapshot, hints);
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
    ...(ready && rolledOut.since !== undefined ? { readySince: rolledOut.since } : {}),
    finding: rolledOut.finding,
  };
}

/** State of a module that runs as a Job: only EdgeAgent tells whether it has ended well. */
function jobState(
  { id, stopped }: DesiredModule,
  reported: Reported | undefined,
  snapshot: Snapshot,
  hints: Hints,
): Assessed {
  const report = reported?.modules.get(id);
  const { runtimeStatus = "missing", statusDescription = "EdgeAgent has not reported it yet" } = report ?? {};
  const ready = runtimeStatus === "stopped" || (runtimeStatus === "running" && !stopped);
  const part = { namespace: snapshot.namespace, component: id, isModule: true };
  const names = [moduleObjectName(id), formerModuleObjectName(id)];
  const pods = snapshot.pods.filter(({ metadata }) => names.includes(metadata.labels?.[labels.module] ?? ""));
  const isOver = runtimeStatus === "failed";
  const finding = ready
    ? undefined
    : jobFinding(part, newestPods(pods), { isOver, statusDescription }, snapshot, hints);
  return {
    component: "module",
    name: id,
    ready,
    state: runtimeStatus,
    restarts: report?.restartCount ?? 0,
    image: report?.image ?? "",
    reason: ready ? undefined : finding === undefined ? statusDescription : inOneLine(finding),
    finding,
  };
}

/** A daemon whose account was deleted goes on running, and can do nothing. */
function withOwnAccount(part: Part, deployment: LiveObject | undefined, snapshot: Snapshot, hints: Hints): Rollout {
  const { component } = part;
  const rolledOut = rollout(part, component, deployment, snapshot, hints);
  const finding = accountFinding(
    part,
    newestPods(podsOf(deployment, snapshot)),
    snapshot.accounts,
    hints,
    snapshot.now,
  );
  const isOfNewest = (deployment?.status?.updatedReplicas ?? 0) > 0;
  return finding === undefined || !isOfNewest ? rolledOut : { ready: false, reason: inOneLine(finding), finding };
}

interface Rollout {
  readonly ready: boolean;
  readonly reason?: string;
  readonly since?: string | undefined;
  readonly finding?: Finding | undefined;
}

/** Whether every pod is one of the newest template and available, and if not, why. */
function rollout(
  part: Part,
  name: string,
  deployment: LiveObject | undefined,
  snapshot: Snapshot,
  hints: Hints,
): Rollout {
  if (deployment === undefined) return { ready: false, reason: `Deployment ${name} does not exist` };
  const waiting = waitsFor(deployment);
  const pods = podsOf(deployment, snapshot);
  if (waiting === undefined)
    return {
      ready: true,
      since: pods
        .map((pod) => readySince(pod) ?? "")
        .sort()
        .at(-1),
    };
  const finding = isSeen(deployment) ? troubleOf(part, deployment, pods, snapshot, hints) : undefined;
  return {
    ready: false,
    reason: finding === undefined ? `Deployment ${name} ${waiting}` : inOneLine(finding),
    finding,
  };
}

function troubleOf(
  part: Part,
  deployment: LiveObject,
  pods: readonly LiveObject[],
  { pods: all, events, sought }: Snapshot,
  hints: Hints,
): Finding | undefined {
  const isFreeing = all.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const refused = workloadFinding(part, deployment, events, hints, isFreeing);
  if (refused !== undefined) return refused;
  // As long as there is no pod of the newest template, all that there are were made from an older one.
  const newest = (deployment.status?.updatedReplicas ?? 0) === 0 ? [] : newestPods(pods);
  return newest.map((pod) => podFinding(part, pod, events, hints, sought)).find((finding) => finding !== undefined);
}

/** What the Deployment still waits for. As long as old pods exist, the available ones may be among them. */
function waitsFor(deployment: LiveObject): string | undefined {
  const { spec, status } = deployment;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const wanted: number = spec?.replicas ?? 1;
  if (!isSeen(deployment)) return "is changed, and its controller has not seen that yet";
  if (updatedReplicas < wanted) return `has ${updatedReplicas} of ${wanted} pods of its newest version`;
  if (replicas > wanted && availableReplicas < replicas) return "has new pods that are not available yet";
  if (replicas > wanted) return `has old pods that have not ended: ${replicas - wanted}`;
  return availableReplicas < wanted ? `has ${availableReplicas} of ${wanted} pods available` : undefined;
}

function isSeen({ metadata, status }: LiveObject): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
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
