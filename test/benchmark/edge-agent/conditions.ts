import { setTimeout as sleep } from "node:timers/promises";
import { deployments, pods } from "../../../runtime/shared/kubernetes/kinds.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { AgentProcess } from "./agent-process.ts";
import { type Installation, revisionVariable } from "./installation.ts";

/** An installation with its EdgeAgent. */
export interface Running {
  readonly installation: Installation;
  readonly agent: AgentProcess;
}

/** Milliseconds in which nobody may have done anything. */
const quiet = 3000;
/** Seconds after which something is taken for broken; far more than it takes where nothing else runs. */
const patience = 300;

/** Waits until all Deployments are of the revision. */
export async function written({ installation, agent }: Running, modules: number, revision: number): Promise<void> {
  const { admin, namespace } = installation;
  await until(`${modules} Deployments of revision ${revision} in ${namespace}`, async () => {
    const found = (await admin.list(deployments)).filter(({ spec }) => {
      const env = spec?.template.spec?.containers[0]?.env ?? [];
      return env.some(({ name, value }) => name === revisionVariable && value === String(revision));
    });
    if (found.length === modules) return true;
    throw new Error(`there are ${found.length}; EdgeAgent complains: ${agent.complaints().join(" ") || "of nothing"}`);
  });
}

/** Waits until EdgeAgent has found nothing to write once. */
export async function idle({ installation, agent }: Running): Promise<void> {
  await until(`a run in ${installation.namespace} that writes nothing`, async () => {
    const runs = await agent.runs();
    if (runs.unchanged > 0) return true;
    throw new Error(`there were ${JSON.stringify(runs)}; EdgeAgent complains: ${agent.complaints().join(" ")}`);
  });
}

/** Waits until the controllers have made a pod of each module. */
export async function podsOf({ installation }: Running, modules: number): Promise<void> {
  const { admin, namespace } = installation;
  await until(`${modules} pods in ${namespace}`, async () => {
    const { length } = await admin.list(pods);
    if (length >= modules) return true;
    throw new Error(`there are ${length}`);
  });
}

/** Waits until no EdgeAgent has compared anything for a while: all that the start has set off is over. */
export async function quietTogether(all: readonly Running[]): Promise<void> {
  const count = async () => {
    const runs = await Promise.all(all.map(({ agent }) => agent.runs()));
    return runs.reduce((sum, { unchanged, applied, error }) => sum + unchanged + applied + error, 0);
  };
  let last = await count();
  await until("quiet", async () => {
    await sleep(quiet);
    const now = await count();
    const before = last;
    last = now;
    if (now === before) return true;
    throw new Error(`EdgeAgents compared ${now - before} times in ${quiet / 1000} s`);
  });
}

async function until(what: string, probe: () => Promise<true>): Promise<void> {
  await waitFor<true>(what, probe, patience);
}
