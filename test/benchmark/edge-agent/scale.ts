import { progress } from "../../support/progress.ts";
import { startAgentProcess } from "./agent-process.ts";
import { readCalls } from "./calls.ts";
import { idle, podsOf, written } from "./conditions.ts";
import type { Installation } from "./installation.ts";

const modules = 500;

/** Starts EdgeAgent in a namespace without any module's object, and then once more when all have their pod. */
export async function measureScale(script: string, installation: Installation, auditLog: string) {
  const { namespace, agentKubeconfig } = installation;
  await installation.setManifest(modules, 0);
  const first = await startAgentProcess(script, namespace, agentKubeconfig);
  let agent = first;
  try {
    const running = { installation, agent };
    await written(running, modules, 0);
    await idle(running);
    const [calls] = await readCalls(auditLog, [namespace], { since: first.startedAt, deployments: modules });
    const convergenceSeconds = (Math.max(...(calls?.deploymentsWritten ?? [])) - first.startedAt) / 1000;
    progress(`wrote ${modules} Deployments in ${convergenceSeconds.toFixed(1)} s; their pods are being made`);
    await podsOf(running, modules);
    const memory = first.memory();
    await first.stop();

    const second = await startAgentProcess(script, namespace, agentKubeconfig);
    agent = second;
    await idle({ installation, agent });
    const [again] = await readCalls(auditLog, [namespace], { since: second.startedAt, deployments: 0 });
    const secondPass = { calls: again?.total ?? Number.NaN, writes: again?.writes ?? Number.NaN };
    const { total: allCalls = Number.NaN, writes = Number.NaN } = calls ?? {};
    return { modules, convergenceSeconds, calls: allCalls, writes, ...memory, secondPass };
  } finally {
    await agent.stop();
    await installation.close();
  }
}
