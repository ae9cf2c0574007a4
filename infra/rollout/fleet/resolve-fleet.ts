import { parseDuration } from "#base";
import type {
  Fleet,
  FleetCluster,
  GitopsTarget,
  Limit,
  SignCommand,
  Strategy,
  WaveSelection,
  WaveSpec,
} from "../model/fleet.ts";
import type { GateSpec, PrometheusGate } from "../model/gate.ts";
import { gateKinds, type WrittenFleet, type WrittenGate, type WrittenWave } from "./schema.ts";

/** That of docs/gitops.md. */
const defaultKustomization = "flux-system/iotedge";
const defaultSilence = "15m";

/** The fleet of a file in which nothing is wrong. */
export function resolveFleet({ name, clusters, strategy, notify, gitops }: WrittenFleet): Fleet {
  return {
    name,
    clusters: clusters.map((cluster) => resolveCluster(cluster, gitops)),
    strategy: resolveStrategy(strategy),
    notify: notify.map(({ command, timeout }) => ({ command: words(command), timeoutMs: parseDuration(timeout) })),
  };
}

type WrittenCluster = WrittenFleet["clusters"][number];

function resolveCluster(cluster: WrittenCluster, fleet: WrittenFleet["gitops"]): FleetCluster {
  const { name, stack, context, kubeconfig, engine, labels } = cluster;
  const gitops = engine === "gitops" ? resolveGitops(cluster, fleet) : undefined;
  return {
    name,
    stack: stack ?? name,
    target: { context: context ?? name, ...(kubeconfig !== undefined && { kubeconfig }) },
    labels,
    ...(engine !== undefined && { engine }),
    ...(gitops !== undefined && { gitops }),
  };
}

/** `oci://registry/path:tag` of a cluster; undefined where none is written. */
export function artifactOf({ name, gitops }: WrittenCluster, fleet: WrittenFleet["gitops"]): string | undefined {
  return (gitops?.artifact ?? fleet?.artifact)?.replaceAll("{cluster}", name);
}

function resolveGitops(cluster: WrittenCluster, fleet: WrittenFleet["gitops"]): GitopsTarget | undefined {
  const artifact = artifactOf(cluster, fleet);
  if (artifact === undefined) return undefined;
  const [, repository = "", tag = ""] = /^oci:\/\/(.*):([^:/]*)$/.exec(artifact) ?? [];
  const { context, kubeconfig, gitops } = cluster;
  const { sign } = fleet ?? {};
  return {
    ...{ repository, tag },
    insecure: fleet?.insecure ?? false,
    kustomization: gitops?.kustomization ?? fleet?.kustomization ?? defaultKustomization,
    silenceMs: parseDuration(fleet?.silence ?? defaultSilence),
    observe: context === undefined && kubeconfig === undefined ? "events" : "api",
    ...(sign !== undefined && { sign: resolveSign(sign) }),
  };
}

function resolveSign({
  command,
  verify,
  timeout,
}: NonNullable<NonNullable<WrittenFleet["gitops"]>["sign"]>): SignCommand {
  return {
    command: words(command),
    ...(verify !== undefined && { verify: words(verify) }),
    timeoutMs: parseDuration(timeout),
  };
}

function resolveStrategy(strategy: WrittenFleet["strategy"]): Strategy {
  const { health, requeue } = strategy;
  return {
    waves: strategy.waves.map((wave) => resolveWave(wave, strategy)),
    health: { intervalMs: parseDuration(health.interval), failuresInARow: health.failuresInARow },
    requeue: { firstMs: parseDuration(requeue.first), maxMs: parseDuration(requeue.max) },
    preflightConcurrency: strategy.preflightConcurrency,
    onHalt: strategy.onHalt,
  };
}

function resolveWave(wave: WrittenWave, strategy: WrittenFleet["strategy"]): WaveSpec {
  return {
    name: wave.name,
    canary: wave.canary,
    select: resolveSelection(wave),
    maxConcurrency: resolveLimit(wave.maxConcurrency ?? strategy.maxConcurrency),
    maxFailures: wave.canary ? { count: 0 } : resolveLimit(wave.maxFailures ?? strategy.maxFailures),
    progressDeadlineMs: parseDuration(wave.progressDeadline ?? strategy.progressDeadline),
    bakeMs: parseDuration(wave.bake ?? strategy.bake),
    before: wave.before.map(resolveGate),
    after: wave.after.map(resolveGate),
  };
}

function resolveSelection({ matchLabels, clusters }: WrittenWave): WaveSelection {
  if (clusters !== undefined) return { kind: "clusters", clusters };
  return matchLabels === undefined ? { kind: "rest" } : { kind: "labels", matchLabels };
}

function resolveLimit(written: number | string): Limit {
  return typeof written === "number" ? { count: written } : { percent: Number(written.slice(0, -1)) };
}

const evaluatedTimeout = "10m";
const approvalTimeout = "7d";

function resolveGate(gate: WrittenGate): GateSpec {
  const name = gate.name ?? gateKinds(gate)[0] ?? "gate";
  const { command, http, prometheus, approval } = gate;
  if (approval !== undefined) {
    const timeoutMs = parseDuration(gate.timeout ?? approvalTimeout);
    return { kind: "approval", name, approvers: approval.approvers, validMs: parseDuration(approval.valid), timeoutMs };
  }
  const timing = {
    name,
    intervalMs: parseDuration(gate.interval),
    timeoutMs: parseDuration(gate.timeout ?? evaluatedTimeout),
  };
  if (command !== undefined) return { kind: "command", ...timing, command: words(command) };
  if (http !== undefined) return { kind: "http", ...timing, ...http };
  if (prometheus === undefined) return { kind: "health", ...timing };
  const { url, query, condition } = prometheus;
  return { kind: "prometheus", ...timing, url, query, condition: parseCondition(condition) };
}

/** The schema demands at least one word. */
function words(command: readonly string[]): readonly [string, ...string[]] {
  return command as readonly string[] as readonly [string, ...string[]];
}

function parseCondition(text: string): PrometheusGate["condition"] {
  const [, operator, value] = /^([<>=]+) ?(.*)$/.exec(text) ?? [];
  return { operator: operator as PrometheusGate["condition"]["operator"], value: Number(value) };
}
