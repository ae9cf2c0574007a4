import { progress } from "../../support/progress.ts";
import { quantile } from "../shared/quantile.ts";
import { startAgentProcess } from "./agent-process.ts";
import { readCalls } from "./calls.ts";
import { idle, written } from "./conditions.ts";
import type { Installation } from "./installation.ts";

const change = { modules: 100, rounds: 5 } as const;

/** Changes all modules of a manifest several times, and measures how long each Deployment takes to follow. */
export async function measureChanges(script: string, installation: Installation, auditLog: string) {
  const { namespace, agentKubeconfig } = installation;
  await installation.setManifest(change.modules, 0);
  const agent = await startAgentProcess(script, namespace, agentKubeconfig);
  const running = { installation, agent };
  try {
    await written(running, change.modules, 0);
    await idle(running);
    const delays: number[] = [];
    for (let revision = 1; revision <= change.rounds; revision++) {
      const since = Date.now();
      await installation.setManifest(change.modules, revision);
      await written(running, change.modules, revision);
      const [calls] = await readCalls(auditLog, [namespace], { since, deployments: change.modules });
      const [changed = Number.NaN] = calls?.manifestsWritten ?? [];
      delays.push(...(calls?.deploymentsWritten ?? []).map((time) => (time - changed) / 1000));
      progress(`changed ${change.modules} modules, ${revision} of ${change.rounds} times`);
    }
    return { ...change, writes: delays.length, p50Seconds: quantile(delays, 0.5), p99Seconds: quantile(delays, 0.99) };
  } finally {
    await agent.stop();
    await installation.close();
  }
}
