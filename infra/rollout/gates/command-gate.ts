import type { CommandGate, GateContext, GateReport } from "../model/index.ts";
import { runCommand } from "./run-command.ts";

/** The gate passes when the command ends with 0. It learns from its environment what it is asked about. */
export async function evaluateCommand(gate: CommandGate, about: GateContext, signal: AbortSignal): Promise<GateReport> {
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
