import type { Action, BegunAction } from "../../model/action.ts";
import type { Event } from "../../model/event.ts";
import type { PlannedWave, Run } from "../../model/run.ts";
import type { ClusterPhase, ClusterState, RunState } from "../../model/state.ts";
import type { World } from "./world.ts";

const settled: ReadonlySet<ClusterPhase> = new Set(["done", "failed", "skipped"]);

/** What must hold whatever happens, checked against the run's plan and the real clusters. */
export class Invariants {
  readonly #run: Run;
  readonly #world: World;
  /** Actions whose end is on disk. */
  readonly #ended = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #bakingSince = new Map<string, { readonly since: number; last: number; gap: number }>();

  constructor(run: Run, world: World) {
    this.#run = run;
    this.#world = world;
  }

  noteCrash(): void {
    this.#bakingSince.clear();
  }

  noteDurable(event: Event): void {
    if ("action" in event && event.type !== "began") this.#ended.add(event.action);
  }

  noteEnd(action: Action, event: Event): void {
    this.#seen.add(action.id);
    if (action.kind === "pollHealth") {
      const baking = this.#bakingSince.get(action.cluster);
      if (baking === undefined) return;
      baking.gap = Math.max(baking.gap, event.at - baking.last);
      baking.last = event.at;
    }
  }

  /** Before an action is begun: the plan's order and limits, and that it was not done before. */
  checkBegin(action: BegunAction, state: RunState, others: readonly BegunAction[]): void {
    const cluster = state.clusters.get(action.cluster);
    must(cluster !== undefined, `${action.id}: unknown cluster`);
    must(!this.#ended.has(action.id), `${action.id}: is done once more although the journal knows that it was done`);
    must(!others.some((other) => other.cluster === action.cluster), `${action.id}: the cluster is busy`);
    if (action.kind === "rollback") this.#checkRollback(cluster, state, others);
    else if (isFirstPreflight(action, cluster, state)) this.#checkPreflight(action, others);
    else this.#checkTurn(action, cluster, state, others);
  }

  #checkPreflight(action: BegunAction, others: readonly BegunAction[]): void {
    must(others.length < this.#run.preflightConcurrency, `${action.id}: too many preflights`);
  }

  #checkTurn(action: BegunAction, cluster: ClusterState, state: RunState, others: readonly BegunAction[]): void {
    const { waves } = this.#run.plan;
    must(cluster.wave <= state.wave, `${action.id}: before its wave`);
    for (const [index, wave] of waves.slice(0, cluster.wave).entries()) this.#checkPassed(wave, index, state, action);
    for (const gate of waves[cluster.wave]?.before ?? []) {
      must(state.gates.get(gate.id)?.status === "passed", `${action.id}: before gate ${gate.id}`);
    }
    const limit = waves[Math.min(state.wave, waves.length - 1)]?.maxConcurrency ?? 0;
    const isNew = !others.some((other) => other.cluster === action.cluster);
    must(
      !isNew || others.length < limit || cluster.running !== undefined,
      `${action.id}: more than ${limit} at a time`,
    );
    if (!cluster.begun) must(state.phase === "running", `${action.id}: begins while the run is ${state.phase}`);
    if (action.kind === "apply" && !cluster.begun) this.#checkWithinLimits(action, state);
  }

  /** All of an earlier wave is settled, but for unreachable clusters whose failure it could bear. */
  #checkPassed(wave: PlannedWave, index: number, state: RunState, action: BegunAction): void {
    const clusters = wave.clusters.map((name) => state.clusters.get(name));
    const open = clusters.filter((one) => one !== undefined && !settled.has(one.phase) && one.attempt === 1);
    const failed = clusters.filter((one) => one?.phase === "failed").length;
    must(failed <= wave.maxFailures, `${action.id}: after too many failures in ${wave.name}`);
    const held = open.filter(
      (one) => one?.name !== action.cluster && one?.unreachable === 0 && one.running === undefined,
    );
    must(held.length === 0 || this.#wasDeferred(held, index), `${action.id}: before ${held[0]?.name} of ${wave.name}`);
    for (const gate of wave.after) {
      must(state.gates.get(gate.id)?.status === "passed", `${action.id}: before gate ${gate.id}`);
    }
  }

  readonly #deferred = new Set<string>();

  /** Clusters that were left behind as unreachable may have come back since. */
  #wasDeferred(clusters: readonly (ClusterState | undefined)[], wave: number): boolean {
    const names = clusters.map((one) => one?.name ?? "");
    const limit = this.#run.plan.waves[wave]?.maxFailures ?? 0;
    return names.length <= limit && names.every((name) => this.#deferred.has(name));
  }

  #checkWithinLimits(action: BegunAction, state: RunState): void {
    for (const wave of this.#run.plan.waves) {
      const failed = wave.clusters.filter((name) => state.clusters.get(name)?.phase === "failed").length;
      must(failed <= wave.maxFailures, `${action.id}: begins with ${failed} failures in ${wave.name}`);
    }
  }

  #checkRollback(cluster: ClusterState, state: RunState, others: readonly BegunAction[]): void {
    must(state.phase === "rollingBack", `${cluster.name}: rolled back while the run is ${state.phase}`);
    // Taken up again after a crash: its turn was before it.
    if (cluster.running !== undefined) return;
    for (const other of state.clusters.values()) {
      if (other.rollback !== "pending" || other === cluster || other.waitingUntil !== undefined) continue;
      must(other.wave <= cluster.wave, `${cluster.name}: rolled back before ${other.name} of a later wave`);
      const later = (other.touchedOrder ?? 0) > (cluster.touchedOrder ?? 0);
      const isBusy = other.running !== undefined || others.some((one) => one.cluster === other.name);
      must(other.wave < cluster.wave || !later || isBusy, `${cluster.name}: rolled back before ${other.name}`);
    }
    const limit = this.#run.plan.waves[cluster.wave]?.maxConcurrency ?? 0;
    must(others.length < limit, `${cluster.name}: more than ${limit} rolled back at a time`);
  }

  /** A free place is not left empty while somebody could take it. */
  checkList(actions: readonly Action[], state: RunState): void {
    const ids = new Set(actions.map(({ id }) => id));
    must(ids.size === actions.length, "an action is listed twice");
    for (const { id } of actions) must(!this.#ended.has(id), `${id}: is listed after its end`);
    if (state.phase !== "running" || state.waves[state.wave]?.stage !== "clusters") return;
    const wave = this.#run.plan.waves[state.wave];
    const busy = new Set(
      actions.flatMap((action) => ("cluster" in action && action.kind !== "pollHealth" ? [action.cluster] : [])),
    );
    const idle = wave?.clusters.filter((name) => {
      const cluster = state.clusters.get(name);
      return cluster?.phase === "pending" && cluster.waitingUntil === undefined && !busy.has(name);
    });
    must(idle?.length === 0 || busy.size >= (wave?.maxConcurrency ?? 0), `${idle?.[0]} waits although a place is free`);
  }

  checkState(state: RunState, event: Event): void {
    if (!("cluster" in event)) return;
    const cluster = state.clusters.get(event.cluster);
    if (cluster === undefined) return;
    if (cluster.unreachable > 0) this.#deferred.add(cluster.name);
    const isFirst = event.type === "healthReported" && event.action.startsWith("verify/");
    if (cluster.phase === "baking" && isFirst) {
      this.#bakingSince.set(cluster.name, { since: event.at, last: event.at, gap: 0 });
    }
    if (cluster.phase === "baking") return;
    const baking = this.#bakingSince.get(cluster.name);
    this.#bakingSince.delete(cluster.name);
    const bakeMs = this.#run.plan.waves[cluster.wave]?.bakeMs ?? 0;
    if (baking === undefined || cluster.phase !== "done") return;
    must(event.at - baking.since >= bakeMs, `${cluster.name}: baked ${event.at - baking.since} of ${bakeMs} ms`);
    const longest = Math.max(this.#run.health.intervalMs, this.#run.requeue.maxMs) + 20_000;
    must(baking.gap <= longest, `${cluster.name}: not looked at for ${baking.gap} ms while baking`);
  }

  /** After the end: the real clusters are what the state says. */
  checkEnd(state: RunState): void {
    for (const cluster of state.clusters.values()) {
      const real = this.#world.get(cluster.name);
      must(real.writing === 0, `${cluster.name}: still written to`);
      if (!cluster.touched && cluster.phase !== "rolledBack") must(real.writes === 0, `${cluster.name}: was touched`);
      if (cluster.phase === "done") must(real.revision === "new", `${cluster.name}: done, but ${real.revision}`);
      if (cluster.phase === "done") must(real.sound, `${cluster.name}: done, but not healthy`);
      if (cluster.phase === "rolledBack")
        must(real.revision === "old", `${cluster.name}: rolled back to ${real.revision}`);
    }
    this.#checkOutcome(state);
  }

  #checkOutcome({ outcome, clusters, waves }: RunState): void {
    const all = [...clusters.values()];
    if (outcome === "complete")
      must(
        all.every(({ phase }) => phase === "done"),
        "complete, but not all are done",
      );
    if (outcome === "partial")
      must(
        all.every(({ phase }) => settled.has(phase)),
        "partial, but not all are settled",
      );
    if (outcome === "rolledBack")
      must(
        all.every(({ touched }) => !touched),
        "rolled back, but some are touched",
      );
    if (outcome === "complete" || outcome === "partial") {
      must(
        waves.every(({ stage }) => stage === "passed"),
        "ended before all waves have passed",
      );
    }
  }
}

/** Before the first wave, or begun there and taken up again after a crash. */
function isFirstPreflight(action: BegunAction, cluster: ClusterState, { phase, waves }: RunState): boolean {
  if (action.kind !== "preflight" || waves[0]?.startedAt !== undefined) return false;
  return phase === "preflight" || cluster.running === action.id;
}

function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
