import { availableParallelism } from "node:os";
import { progress } from "../../support/progress.ts";
import { quantile } from "../shared/quantile.ts";
import { startAgentProcess } from "./agent-process.ts";
import { readCalls } from "./calls.ts";
import { podsOf, quietTogether, type Running, written } from "./conditions.ts";
import type { Installation } from "./installation.ts";

const size = { installations: 50, modules: 10 } as const;
const megabytesPerAgent = 150;
/** Of the control plane, and of this process. */
const otherMegabytes = 3000;
const mega = 1_000_000;

/** Starts EdgeAgent in many installations of one control plane, and then changes the manifests of all at once. */
export async function measureFleet(
  script: string,
  install: (namespace: string) => Promise<Installation>,
  auditLog: string,
) {
  requireMemory();
  const fleet: Running[] = [];
  try {
    const start = performance.now();
    for (let index = 0; index < size.installations; index++) {
      const installation = await install(`fleet-${index}`);
      await installation.setManifest(size.modules, 0);
      const agent = await startAgentProcess(script, installation.namespace, installation.agentKubeconfig);
      fleet.push({ installation, agent });
      if (fleet.length % 10 === 0) progress(`started ${fleet.length} of ${size.installations} EdgeAgents`);
    }
    for (const running of fleet) await written(running, size.modules, 0);
    const deploySeconds = (performance.now() - start) / 1000;
    for (const running of fleet) await podsOf(running, size.modules);
    await quietTogether(fleet);
    progress(`${size.installations} installations are deployed after ${deploySeconds.toFixed(0)} s, and quiet`);
    const rss = fleet.map(({ agent }) => agent.memory().rssMegabytes);
    return { ...size, deploySeconds, rssMegabytes: quantile(rss, 0.5), ...(await changeAll(fleet, auditLog)) };
  } finally {
    await Promise.all(fleet.map(({ agent }) => agent.stop()));
    await Promise.all(fleet.map(({ installation }) => installation.close()));
  }
}

async function changeAll(fleet: readonly Running[], auditLog: string) {
  const since = Date.now();
  await Promise.all(fleet.map(({ installation }) => installation.setManifest(size.modules, 1)));
  for (const running of fleet) await written(running, size.modules, 1);
  const namespaces = fleet.map(({ installation }) => installation.namespace);
  const calls = await readCalls(auditLog, namespaces, { since, deployments: size.modules });
  const delays = calls.flatMap(({ manifestsWritten: [changed = Number.NaN], deploymentsWritten }) =>
    deploymentsWritten.map((time) => (time - changed) / 1000),
  );
  return {
    cores: availableParallelism(),
    calls: calls.reduce((sum, { total }) => sum + total, 0),
    writes: calls.reduce((sum, { writes }) => sum + writes, 0),
    unanswered: calls.reduce((sum, { unanswered }) => sum + unanswered, 0),
    p50Seconds: quantile(delays, 0.5),
    p99Seconds: quantile(delays, 0.99),
  };
}

/** @throws Error rather than to drive the machine into swapping, which would measure nothing */
function requireMemory(): void {
  const available = process.availableMemory() / mega;
  const needed = size.installations * megabytesPerAgent + otherMegabytes;
  if (available < needed)
    throw new Error(`${size.installations} EdgeAgents need ${needed} MB; ${available.toFixed(0)} MB are available`);
}
