import type { ClusterState, Run, RunState } from "../model/index.ts";
import { approvalHints, describeCluster, describeGate, describeRun } from "./describe.ts";

export interface TreeOptions {
  /** Columns; longer lines are cut. */
  readonly width: number;
  /** Clusters that are listed by name in each wave; the others are counted. */
  readonly clustersPerWave: number;
  readonly now: number;
}

const marks = {
  pending: "·",
  previewing: "◌",
  applying: "●",
  verifying: "●",
  baking: "◔",
  done: "✓",
  failed: "✗",
  skipped: "−",
  rolledBack: "↶",
} as const;

/** Those that somebody wants to see come first. */
const order = ["failed", "applying", "verifying", "previewing", "baking", "skipped", "rolledBack", "pending", "done"];

/** The run as a tree: waves, their gates and clusters. */
export function formatTree(run: Run, state: RunState, options: TreeOptions): readonly string[] {
  const head = `Rollout ${run.id}  fleet ${run.fleet}  revision ${run.git.revision.slice(0, 12)}  ${describeRun(state)}`;
  const waves = run.plan.waves.flatMap((wave, index) => {
    const clusters = wave.clusters.map((name) => state.clusters.get(name)).filter((one) => one !== undefined);
    const done = clusters.filter(({ phase }) => phase === "done").length;
    const failed = clusters.filter(({ phase }) => phase === "failed").length;
    const stage = waveStage(state, index);
    const canary = wave.canary ? " (canary)" : "";
    const failures = failed === 0 ? "" : `, ${failed} failed of ${wave.maxFailures} allowed`;
    const gates = [...wave.before, ...wave.after].flatMap(({ id }) => state.gates.get(id) ?? []);
    return [
      `${stage === "passed" ? "✓" : stage === "waits" ? "·" : "●"} ${wave.name}${canary}: ${stage}, ${done} of ${clusters.length} done${failures}`,
      ...gates.filter(({ status }) => status !== "waiting").map((gate) => `    ${describeGate(gate)}`),
      ...listClusters(clusters, options),
    ];
  });
  const hints = approvalHints(run, state);
  return [head, ...waves, ...hints].map((line) => cut(line, options.width));
}

function listClusters(clusters: readonly ClusterState[], { clustersPerWave, now }: TreeOptions): readonly string[] {
  const ranked = clusters.toSorted((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase));
  const listed = new Set(ranked.slice(0, clustersPerWave));
  const width = Math.max(0, ...[...listed].map(({ name }) => name.length));
  const lines = clusters
    .filter((cluster) => listed.has(cluster))
    .map((cluster) => `    ${marks[cluster.phase]} ${cluster.name.padEnd(width)}  ${describeCluster(cluster, now)}`);
  const rest = Object.entries(Object.groupBy(ranked.slice(clustersPerWave), ({ phase }) => phase));
  const counts = rest.map(([phase, some]) => `${some?.length ?? 0} ${phase}`).join(", ");
  return counts === "" ? lines : [...lines, `      and ${counts}`];
}

function waveStage(state: RunState, index: number): string {
  const stage = state.waves[index]?.stage;
  if (index > state.wave || stage === undefined) return "waits";
  if (stage === "before") return "gates before it";
  return stage === "clusters" ? "in progress" : stage === "after" ? "gates after it" : "passed";
}

function cut(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line;
}
