/**
 * Time, API calls and memory of EdgeAgent with 500 modules, of 50 installations, and its delay after a change of 100.
 *
 * It runs as its image's bundle with the rights of its Role, against a control plane of its own. Times are those of the
 * API server's audit log. No pod runs: the controllers make them, and nobody schedules them.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../infra/local-cluster/index.ts";
import { bundleEntries } from "../runtime/images/node-programs.ts";
import { deployments, pods } from "../runtime/shared/kubernetes/kinds.ts";
import { progress } from "../test/support/progress.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { type AgentProcess, startAgentProcess } from "./edge-agent/agent-process.ts";
import { readCalls } from "./edge-agent/calls.ts";
import { createInstallation, type Installation, revisionVariable } from "./edge-agent/installation.ts";
import { quantile } from "./shared/quantile.ts";

const limits = { p99Seconds: 5, secondPassWrites: 0 } as const;
const many = 500;
const change = { modules: 100, rounds: 5 } as const;
const fleet = { installations: 50, modules: 10 } as const;

const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
const controlPlane = await startControlPlane({ directory: join(directory, "cluster"), progress });
try {
  const result = await measure(await bundle(), controlPlane);
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
  const installations = await Promise.all(
    Array.from({ length: fleet.installations }, (_, index) => install(`fleet-${index}`)),
  );
  const together = await measureFleet(script, installations, auditLog);
  const passed = changes.p99Seconds <= limits.p99Seconds && scale.secondPass.writes <= limits.secondPassWrites;
  return { changes, scale, fleet: together, limits, passed };
}

/** Changes all modules of a manifest several times, and measures how long each Deployment takes to follow. */
async function measureChanges(script: string, installation: Installation, auditLog: string) {
  const { namespace } = installation;
  await installation.setManifest(change.modules, 0);
  const agent = await startAgentProcess(script, namespace, installation.agentKubeconfig);
  try {
    await written(installation, change.modules, 0);
    await idle(agent);
    const delays: number[] = [];
    for (let revision = 1; revision <= change.rounds; revision++) {
      const since = Date.now();
      await installation.setManifest(change.modules, revision);
      await written(installation, change.modules, revision);
      const { deploymentsWritten, manifestsWritten } = await readCalls(auditLog, namespace, since);
      const [changed = Number.NaN] = manifestsWritten;
      delays.push(...deploymentsWritten.map((written) => (written - changed) / 1000));
    }
    return { ...change, writes: delays.length, p50Seconds: quantile(delays, 0.5), p99Seconds: quantile(delays, 0.99) };
  } finally {
    await agent.stop();
    await installation.close();
  }
}

/** Starts EdgeAgent in a namespace without any module's object, and then once more when all have their pod. */
async function measureScale(script: string, installation: Installation, auditLog: string) {
  const { namespace, agentKubeconfig } = installation;
  await installation.setManifest(many, 0);
  const first = await startAgentProcess(script, namespace, agentKubeconfig);
  let agent = first;
  try {
    await written(installation, many, 0);
    await idle(first);
    const { total, writes, deploymentsWritten } = await readCalls(auditLog, namespace, first.startedAt);
    const convergenceSeconds = (Math.max(...deploymentsWritten) - first.startedAt) / 1000;
    await podsOf(installation, many);
    const memory = first.memory();
    await first.stop();

    const second = await startAgentProcess(script, namespace, agentKubeconfig);
    agent = second;
    await idle(second);
    const again = await readCalls(auditLog, namespace, second.startedAt);
    const secondPass = { calls: again.total, writes: again.writes };
    return { modules: many, convergenceSeconds, calls: total, writes, ...memory, secondPass };
  } finally {
    await agent.stop();
    await installation.close();
  }
}

/** Starts EdgeAgent in many installations of one control plane, and then changes the manifests of all at once. */
async function measureFleet(script: string, installations: readonly Installation[], auditLog: string) {
  const { modules } = fleet;
  const agents: AgentProcess[] = [];
  try {
    for (const installation of installations) {
      await installation.setManifest(modules, 0);
      agents.push(await startAgentProcess(script, installation.namespace, installation.agentKubeconfig));
    }
    for (const installation of installations) await written(installation, modules, 0);
    for (const agent of agents) await idle(agent);
    const rss = agents.map((agent) => agent.memory().rssMegabytes);
    const since = Date.now();
    await Promise.all(installations.map((installation) => installation.setManifest(modules, 1)));
    for (const installation of installations) await written(installation, modules, 1);
    const calls = [];
    for (const { namespace } of installations) calls.push(await readCalls(auditLog, namespace, since));
    const delays = calls.flatMap(({ manifestsWritten: [changed = Number.NaN], deploymentsWritten }) =>
      deploymentsWritten.map((time) => (time - changed) / 1000),
    );
    return {
      ...fleet,
      calls: calls.reduce((sum, { total }) => sum + total, 0),
      writes: calls.reduce((sum, { writes }) => sum + writes, 0),
      p50Seconds: quantile(delays, 0.5),
      p99Seconds: quantile(delays, 0.99),
      rssMegabytes: quantile(rss, 0.5),
    };
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await Promise.all(installations.map((installation) => installation.close()));
  }
}

/** Waits until all Deployments are of the revision. */
function written({ admin }: Installation, modules: number, revision: number): Promise<true> {
  return waitFor(`${modules} Deployments of revision ${revision}`, async () => {
    const found = (await admin.list(deployments)).filter(({ spec }) => {
      const env = spec?.template.spec?.containers[0]?.env ?? [];
      return env.some(({ name, value }) => name === revisionVariable && value === String(revision));
    });
    return found.length === modules ? true : undefined;
  });
}

/** Waits until EdgeAgent has found nothing to write once. */
function idle(agent: AgentProcess): Promise<true> {
  return waitFor("a run that writes nothing", async () => ((await agent.runs()).unchanged > 0 ? true : undefined));
}

/** Waits until the controllers have made a pod of each module. */
function podsOf({ admin }: Installation, modules: number): Promise<true> {
  return waitFor(`${modules} pods`, async () => ((await admin.list(pods)).length >= modules ? true : undefined));
}

/** The image's own bundle, with another entry that takes what a pod would mount from its arguments. */
async function bundle(): Promise<string> {
  const bundles = await bundleEntries({ "edge-agent": join(import.meta.dirname, "edge-agent/agent.ts") });
  const path = join(directory, "edge-agent.mjs");
  await writeFile(path, bundles.get("edge-agent") ?? "");
  return path;
}

function describe({ changes, scale, fleet: many }: Awaited<ReturnType<typeof measure>>): string {
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
    `${many.installations} installations of ${many.modules} modules on one control plane, all changed at once: a ` +
      `Deployment is written after ${many.p50Seconds.toFixed(2)} s, p99 ${many.p99Seconds.toFixed(2)} s, with ` +
      `${many.calls} API calls, of which ${many.writes} wrote modules' objects; RSS of one EdgeAgent ` +
      `${many.rssMegabytes.toFixed(0)} MB`,
  ];
  return `${lines.join("\n")}\n`;
}
