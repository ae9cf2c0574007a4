/**
 * Time, API calls and memory of EdgeAgent with 500 modules, of 50 installations, and its delay after a change of 100.
 *
 * It runs as its image's bundle with the rights of its Role, against a control plane of its own. Times are those of the
 * API server's audit log. No pod runs: the controllers make them, and nobody schedules them. All processes share the
 * machine, 50 of EdgeAgent too, which in a cluster would have cores of their own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import type { ControlPlane } from "../../infra/local-cluster/types.ts";
import { progress } from "../support/progress.ts";
import { bundleAgent } from "./edge-agent/bundle.ts";
import { measureChanges } from "./edge-agent/changes.ts";
import { measureFleet } from "./edge-agent/fleet.ts";
import { createInstallation } from "./edge-agent/installation.ts";
import { measureScale } from "./edge-agent/scale.ts";

const limits = { p99Seconds: 5, secondPassWrites: 0 } as const;

const loadAtStart = loadavg()[0] ?? Number.NaN;
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
const controlPlane = await startControlPlane({ directory: join(directory, "cluster"), progress });
try {
  const result = await measure(await bundleAgent(directory), controlPlane);
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
  if (!result.passed) process.exitCode = 1;
} finally {
  await controlPlane.stop();
  await rm(directory, { recursive: true, force: true });
}

async function measure(script: string, { kubeconfig, auditLog }: ControlPlane) {
  const install = (namespace: string) =>
    createInstallation({ namespace, adminKubeconfig: kubeconfig, agentKubeconfig: join(directory, namespace) });
  const changes = await measureChanges(script, await install("changes"), auditLog);
  const scale = await measureScale(script, await install("scale"), auditLog);
  const fleet = await measureFleet(script, install, auditLog);
  const passed = changes.p99Seconds <= limits.p99Seconds && scale.secondPass.writes <= limits.secondPassWrites;
  return { loadAtStart, changes, scale, fleet, limits, passed };
}

function describe({ changes, scale, fleet, loadAtStart: load }: Awaited<ReturnType<typeof measure>>): string {
  const { secondPass } = scale;
  const lines = [
    `a change of ${changes.modules} modules, ${changes.rounds} times: a Deployment is written after ` +
      `${changes.p50Seconds.toFixed(2)} s, p99 ${changes.p99Seconds.toFixed(2)} s (limit ${limits.p99Seconds} s)`,
    `${scale.modules} modules in one namespace: all Deployments written ${scale.convergenceSeconds.toFixed(1)} s after ` +
      `EdgeAgent's start, with ${scale.calls} API calls, of which ${scale.writes} wrote modules' objects`,
    `memory with ${scale.modules} modules and their pods: RSS ${scale.rssMegabytes.toFixed(0)} MB, at most ` +
      `${scale.peakMegabytes.toFixed(0)} MB`,
    `started again: ${secondPass.writes} writes of modules' objects (limit ${limits.secondPassWrites}), ` +
      `${secondPass.calls} API calls`,
    `${fleet.installations} installations of ${fleet.modules} modules on one control plane: all Deployments written ` +
      `${fleet.deploySeconds.toFixed(0)} s after the first installation began; RSS of one EdgeAgent ` +
      `${fleet.rssMegabytes.toFixed(0)} MB`,
    `all of them changed at once, ${fleet.installations} EdgeAgents and the control plane on ${fleet.cores} cores: a ` +
      `Deployment is written after ${fleet.p50Seconds.toFixed(2)} s, p99 ${fleet.p99Seconds.toFixed(2)} s, with ` +
      `${fleet.calls} API calls, of which ${fleet.writes} wrote modules' objects and ${fleet.unanswered} were given up`,
    `load average of the machine at the start: ${load.toFixed(1)}`,
  ];
  return `${lines.join("\n")}\n`;
}
