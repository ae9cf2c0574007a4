import { sleepUntil } from "#base";
import { failureOf, rolloutErrors } from "../errors.ts";
import type {
  Action,
  ApplyAction,
  ClusterLock,
  Event,
  Failure,
  Held,
  Outcome,
  PlannedCluster,
  PreflightReport,
  RollbackAction,
  Run,
} from "../model/index.ts";
import type { ExecutorPorts, WithoutTime } from "./ports.ts";

type Ending = WithoutTime<Event>;

/** Does what the action asks for, and answers with the event that ends it. */
export async function performAction(
  action: Action,
  run: Run,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<Ending> {
  const { driver, timer, gates, notifier } = ports;
  switch (action.kind) {
    case "preflight": {
      const result = await preflight(clusterOf(run, action.cluster), ports, signal);
      return { type: "preflighted", action: action.id, cluster: action.cluster, result };
    }
    case "preview": {
      const result = await driver.preview(clusterOf(run, action.cluster), signal);
      return { type: "previewed", action: action.id, cluster: action.cluster, result };
    }
    case "apply":
    case "rollback":
      return write(action, clusterOf(run, action.cluster), ports, signal);
    case "verify":
    case "pollHealth": {
      await sleepUntil(timer, action.notBefore, signal);
      const depth = action.kind === "verify" ? "full" : "poll";
      const result = await driver.health(clusterOf(run, action.cluster), depth, signal);
      return { type: "healthReported", action: action.id, cluster: action.cluster, result };
    }
    case "gate": {
      await sleepUntil(timer, action.notBefore, signal);
      const clusters = action.clusters.map((name) => clusterOf(run, name));
      const report = await gates.evaluate(action.spec, { run, wave: action.wave, clusters }, signal);
      return { type: "gateEvaluated", action: action.id, gate: action.gate, report };
    }
    case "wait":
      await sleepUntil(timer, action.until, signal);
      return { type: "timerFired", action: action.id };
    case "notify": {
      const problem = await notifier.notify(run.notify, run, action.notification);
      return { type: "notified", action: action.id, ...(problem === undefined ? {} : { problem }) };
    }
    case "finish":
      await ports.lock.releaseAll();
      return { type: "finished", action: action.id, outcome: action.outcome };
  }
}

/** A cluster is locked from here to the end of the run, so a second run over the same fleet stops before it begins. */
async function preflight(
  cluster: PlannedCluster,
  { driver, lock }: ExecutorPorts,
  signal: AbortSignal,
): Promise<Outcome<PreflightReport>> {
  const held = await lock.acquire(cluster, signal);
  if (held.outcome !== "ok") return held;
  if (!held.held) return { outcome: "failed", failure: lockedFailure(cluster, held) };
  return driver.preflight(cluster, signal);
}

/** Nothing is written to a cluster that another run has locked. */
async function write(
  action: ApplyAction | RollbackAction,
  cluster: PlannedCluster,
  { driver, lock }: ExecutorPorts,
  signal: AbortSignal,
): Promise<Ending> {
  const ended = { action: action.id, cluster: action.cluster };
  const problem = await lockProblem(lock, cluster, signal);
  if (action.kind === "apply") {
    return { type: "applied", ...ended, result: problem ?? (await driver.apply(cluster, signal)) };
  }
  return { type: "rolledBack", ...ended, result: problem ?? (await driver.rollback(cluster, action.to, signal)) };
}

/** A lock of another run ends or expires, so the cluster is tried again like one that does not answer. */
async function lockProblem(
  lock: ClusterLock,
  cluster: PlannedCluster,
  signal: AbortSignal,
): Promise<Exclude<Outcome, { outcome: "ok" }> | undefined> {
  const held = await lock.acquire(cluster, signal);
  if (held.outcome !== "ok") return held;
  if (held.held) return undefined;
  return { outcome: "unreachable", failure: lockedFailure(cluster, held) };
}

function lockedFailure(cluster: PlannedCluster, { heldBy }: Extract<Held, { held: false }>): Failure {
  return failureOf(rolloutErrors.EDGE_ROLLOUT_LOCKED({ cluster: cluster.name, holder: heldBy }));
}

function clusterOf(run: Run, name: string): PlannedCluster {
  const cluster = run.plan.clusters[name];
  if (cluster === undefined) throw new Error(`run ${run.id} has no cluster ${name}`);
  return cluster;
}
