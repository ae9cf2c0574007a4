import type { ClusterDriver, GateContext, GateReport } from "../model/index.ts";

const shownAtMost = 5;

/** The gate passes when every cluster that is done so far is healthy now. */
export async function evaluateHealth(
  driver: ClusterDriver,
  { clusters }: GateContext,
  signal: AbortSignal,
): Promise<GateReport> {
  const reports = await Promise.all(
    clusters.map(async (cluster) => ({ cluster: cluster.name, result: await driver.health(cluster, "poll", signal) })),
  );
  const problems = reports.flatMap(({ cluster, result }) => {
    if (result.outcome !== "ok") return [`${cluster}: ${result.failure.message}`];
    const failed = result.checks.find(({ severity }) => severity === "error");
    return result.healthy ? [] : [`${cluster}: ${failed?.message ?? "not healthy"}`];
  });
  if (problems.length === 0) return { passed: true, evidence: `${clusters.length} clusters are healthy` };
  return { passed: false, evidence: problems.slice(0, shownAtMost).join("; ").slice(0, 600) };
}
