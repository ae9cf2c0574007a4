import type { ClusterDriver, CommandGate, GateContext, GateReport, GateRunner } from "../model/index.ts";
import { evaluateHttp } from "./http-gate.ts";
import { evaluatePrometheus } from "./prometheus-gate.ts";
import { runCommand } from "./run-command.ts";

/** Asks the gates. What goes wrong is evidence, and the gate has then not passed. */
export function createGateRunner(driver: ClusterDriver): GateRunner {
  return {
    evaluate: async (gate, about, signal) => {
      switch (gate.kind) {
        case "health":
          return evaluateHealth(driver, about, signal);
        case "command":
          return evaluateCommand(gate, about, signal);
        case "http":
          return evaluateHttp(gate, signal);
        case "prometheus":
          return evaluatePrometheus(gate, signal);
      }
    },
  };
}

const shownAtMost = 5;

/** The gate passes when every cluster that is done so far is healthy now. */
async function evaluateHealth(
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

/** The gate passes when the command ends with 0. It learns from its environment what it is asked about. */
async function evaluateCommand(gate: CommandGate, about: GateContext, signal: AbortSignal): Promise<GateReport> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(gate.timeoutMs)]);
  const { code, lastLine } = await runCommand({ command: gate.command, env: environment(about), signal: limited });
  const ended = code === undefined ? "" : `exit code ${code}`;
  return { passed: code === 0, evidence: [ended, lastLine].filter((part) => part !== "").join(": ") };
}

function environment({ run, wave, clusters }: GateContext): Readonly<Record<string, string>> {
  return {
    EDGE_ROLLOUT_RUN: run.id,
    EDGE_ROLLOUT_FLEET: run.fleet,
    EDGE_ROLLOUT_REVISION: run.git.revision,
    EDGE_ROLLOUT_WAVE: wave,
    EDGE_ROLLOUT_CLUSTERS: clusters.map(({ name }) => name).join(","),
    EDGE_ROLLOUT_CONTEXTS: clusters.map(({ target }) => target.context).join(","),
  };
}
