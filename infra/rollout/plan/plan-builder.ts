import type { ReportOptions } from "../../rbac/index.ts";
import type { Fleet, FleetCluster } from "../model/fleet.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ClusterChange } from "../model/ports.ts";
import type { ChangeGroup, PlannedCluster, PlannedWave, RolloutPlan, Run, UnknownChange } from "../model/run.ts";
import { changeDigest } from "./change-digest.ts";
import { planWaves } from "./plan-waves.ts";
import { RbacJudge, worse } from "./rbac-verdict.ts";

/**
 * Puts a plan together, cluster by cluster, so that the objects of all need not be in memory at once.
 *
 * @example
 * const builder = new PlanBuilder(fleet);
 * for (const cluster of builder.clusters) builder.add(cluster.name, digest, await driver.plan(cluster, signal));
 * const plan = builder.build();
 */
export class PlanBuilder {
  readonly waves: readonly PlannedWave[];
  /** The clusters that some wave takes, in the order of the waves. */
  readonly clusters: readonly FleetCluster[];
  readonly #fleet: Fleet;
  readonly #byName: ReadonlyMap<string, FleetCluster>;
  readonly #waveOf: ReadonlyMap<string, string>;
  readonly #judge: RbacJudge;
  readonly #planned = new Map<string, PlannedCluster>();
  readonly #groups = new Map<string, ChangeGroup & { readonly clusters: string[] }>();
  readonly #unknown: UnknownChange[] = [];

  /** @param options threshold and waivers of the verdict on permissions */
  constructor(fleet: Fleet, options: ReportOptions = {}) {
    this.#fleet = fleet;
    this.#judge = new RbacJudge(options);
    this.waves = planWaves(fleet);
    this.#waveOf = new Map(this.waves.flatMap(({ name, clusters }) => clusters.map((cluster) => [cluster, name])));
    this.#byName = new Map(fleet.clusters.map((cluster) => [cluster.name, cluster]));
    this.clusters = [...this.#waveOf.keys()].flatMap((name) => this.#byName.get(name) ?? []);
  }

  /**
   * @param desiredDigest of what will be deployed; known without the cluster
   * @param found what would change there
   */
  add(name: string, desiredDigest: string, found: Outcome<ClusterChange>): void {
    const cluster = this.#byName.get(name);
    const wave = this.#waveOf.get(name);
    if (cluster === undefined || wave === undefined) throw new Error(`no wave takes cluster ${name}`);
    const { stack, target, engine, gitops } = cluster;
    const common = {
      ...{ name, stack, target, wave, desiredDigest },
      ...(engine !== undefined && { engine }),
      ...(gitops !== undefined && { gitops }),
    };
    if (found.outcome === "ok") {
      const digest = changeDigest(found.changes);
      this.#addToGroup(digest, name, found);
      this.#planned.set(name, { ...common, changeDigest: digest });
    } else {
      this.#unknown.push({ cluster: name, outcome: found.outcome, failure: found.failure });
      this.#planned.set(name, common);
    }
  }

  #addToGroup(digest: string, name: string, change: ClusterChange): void {
    const rbac = this.#judge.judge(change);
    const group = this.#groups.get(digest) ?? { digest, clusters: [], changes: change.changes, rbac };
    group.clusters.push(name);
    this.#groups.set(digest, { ...group, rbac: worse(group.rbac, rbac) });
  }

  /** @throws Error when a cluster was not added */
  build(): RolloutPlan {
    const missing = this.clusters.filter(({ name }) => !this.#planned.has(name));
    if (missing.length > 0) throw new Error(`nothing is known of ${missing.map(({ name }) => name).join(", ")}`);
    const place = new Map(this.clusters.map(({ name }, index) => [name, index]));
    const inOrder = (a: string, b: string) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
    const groups = [...this.#groups.values()].map((group) => ({ ...group, clusters: group.clusters.sort(inOrder) }));
    return {
      waves: this.waves,
      clusters: Object.fromEntries(this.clusters.flatMap(({ name }) => entryOf(name, this.#planned))),
      groups: groups.sort(
        (a, b) => b.clusters.length - a.clusters.length || inOrder(a.clusters[0] ?? "", b.clusters[0] ?? ""),
      ),
      unselected: this.#fleet.clusters.map(({ name }) => name).filter((name) => !this.#waveOf.has(name)),
      unknown: this.#unknown.sort((a, b) => inOrder(a.cluster, b.cluster)),
    };
  }
}

function entryOf(name: string, planned: ReadonlyMap<string, PlannedCluster>): [string, PlannedCluster][] {
  const cluster = planned.get(name);
  return cluster === undefined ? [] : [[name, cluster]];
}

/** What a run pins, as it is in the project now. */
export type Pins = Pick<Run, "git" | "configHash" | "images">;

/** A run as it is kept, of a plan and all that it pins. */
export function runOf(id: string, fleet: Fleet, pins: Pins, plan: RolloutPlan, createdBy: string): Run {
  const { name, strategy, notify } = fleet;
  const { health, requeue, preflightConcurrency, onHalt } = strategy;
  const createdAt = Date.now();
  return {
    version: 1,
    id,
    fleet: name,
    createdAt,
    createdBy,
    ...pins,
    plan,
    health,
    requeue,
    preflightConcurrency,
    onHalt,
    notify,
  };
}
