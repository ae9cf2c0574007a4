import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultModuleSettings, type ModuleSettings, objectNames } from "#contract";
import { isTerminating } from "../../runtime/edge-agent/reconcile/observed.ts";
import { plan } from "../../runtime/edge-agent/reconcile/plan.ts";
import { createSettledWrites } from "../../runtime/edge-agent/reconcile/settled-writes.ts";
import { parseManifest } from "../../runtime/manifest/parse-manifest.ts";
import { kindOf, serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { iotedgedSettings } from "../fakes/settings.ts";
import { progress } from "../support/progress.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation, type RunningAgent } from "./edge-agent/installation.ts";
import { observe } from "./edge-agent/observe.ts";
import { type RestartableControlPlane, startRestartableControlPlane } from "./edge-agent/restartable-control-plane.ts";

const cases = 25;
/** Each restart of the API server takes seconds. */
const maxRestarts = 3;
const minutes = 60_000;

const settings: ModuleSettings = {
  ...defaultModuleSettings,
  volumes: { create: true, size: "1Gi", accessMode: "ReadWriteOnce", deletion: "delete" },
  registryCredentials: true,
};

const HostConfig = fc.record(
  {
    Binds: fc.constantFrom([], ["data:/data"], ["data:/data", "Log_Files:/log"]),
    PortBindings: fc.constantFrom({}, { "80/tcp": [] }, { "53/tcp": [], "53/udp": [] }),
    Memory: fc.constantFrom(0, 2 ** 26),
  },
  { requiredKeys: [] },
);
const module = fc.record({
  status: fc.constantFrom("running", "running", "stopped"),
  restartPolicy: fc.constantFrom("always", "on-unhealthy", "on-failure", "never"),
  env: fc.constantFrom({}, { A: { value: "1" } }, { A: { value: "2" } }),
  settings: fc.record({ image: fc.constantFrom("r/sample:1", "r/sample:2"), createOptions: fc.record({ HostConfig }) }),
});
const id = fc.constantFrom("sensor", "hub", "Sensor Two", "broker", "task");
const registry = { address: "registry.example.com", username: "robot", password: "x" };
const manifest = fc.record({
  schemaVersion: fc.constant("1.1"),
  modules: fc.dictionary(id, module, { maxKeys: 5 }),
  runtime: fc.constantFrom({}, { settings: { registryCredentials: { registry } } }),
});
const trouble = fc.constantFrom("none", "EdgeAgent killed", "API server killed", "objects deleted", "objects changed");
const step = fc.record({ manifest, trouble, milliseconds: fc.nat(400) });

let controlPlane: RestartableControlPlane;
let installation: Installation;
let agent: { readonly running: RunningAgent; readonly network: TcpProxy };
let restarts = 0;

beforeAll(async () => {
  controlPlane = await startRestartableControlPlane();
  installation = await createInstallation({}, { modules: settings, kubeconfig: controlPlane.kubeconfig });
  agent = await start();
});
afterAll(async () => {
  if (agent !== undefined) await end(agent);
  await installation?.remove();
  await controlPlane?.stop();
});

async function start(): Promise<typeof agent> {
  const network = await startTcpProxy({ target: new URL(installation.server), delay: 0 });
  const running = await installation.startAgent({ server: `https://127.0.0.1:${network.port}` });
  return { running, network };
}

async function end({ running, network }: typeof agent): Promise<void> {
  await running.stop();
  await network.close();
}

/** Whatever EdgeAgent is at, nothing of it reaches the API server any more; another takes its place. */
async function kill(): Promise<void> {
  agent.network.set("refuse");
  await startAnew();
}

async function startAnew(): Promise<void> {
  await end(agent);
  agent = await waitFor("another EdgeAgent", start, 60);
}

async function disturb(what: "objects deleted" | "objects changed"): Promise<void> {
  const { admin } = installation;
  const observed = await observe(installation);
  const [first] = [...observed.deployments.values()];
  if (first === undefined) return;
  if (what === "objects deleted") {
    const service = observed.services.get(first.metadata.name);
    for (const object of [first, service]) {
      if (object !== undefined) await admin.remove(kindOf(object), object.metadata.name);
    }
    return;
  }
  const { name, namespace } = first.metadata;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  await installation.call("patch", path, {
    spec: { replicas: 3 },
    metadata: { labels: { "app.kubernetes.io/name": "x" } },
  });
}

/** A connection may be found dead by whoever uses it first after the API server was killed. */
function insist(what: string, action: () => Promise<void>): Promise<true> {
  return waitFor(what, () => action().then(() => true), 60);
}

async function run({ manifest: document, trouble: what, milliseconds }: Step): Promise<void> {
  await insist("the manifest", () => installation.setManifest(document));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (what === "EdgeAgent killed") await kill();
  if (what === "objects deleted" || what === "objects changed") await insist(what, () => disturb(what));
  if (what === "API server killed" && restarts++ < maxRestarts) await controlPlane.restartApiServer();
}

/** What an EdgeAgent that has just been started would write. */
async function remaining(document: object): Promise<readonly string[]> {
  const parsed = parseManifest(JSON.stringify(document), settings);
  const owner = await installation.admin.get(serviceAccounts, objectNames.iotedged);
  if (!parsed.ok || owner === undefined) throw new Error("no good manifest, or no owner");
  const target = {
    identity: {
      ...iotedgedSettings,
      installation: { name: installation.namespace, namespace: installation.namespace },
    },
    settings: installation.settings,
    owner: ownerReference(owner),
    credentials: parsed.manifest.credentials,
  };
  const observed = await observe(installation);
  const { deployments: running, jobs: tasks, claims } = observed;
  const leaving = [...running.values(), ...tasks.values(), ...claims.values()].filter(isTerminating);
  if (leaving.length > 0) return leaving.map(({ kind, metadata }) => `end of ${kind} ${metadata.name}`);
  const plans = plan(parsed.manifest.modules, target, observed, createSettledWrites());
  return plans.flatMap(({ actions, failure }) => [
    ...actions.map(({ type, object }) => `${type} ${object.kind} ${object.metadata.name}`),
    ...(failure === undefined ? [] : [failure.message]),
  ]);
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Starts EdgeAgent anew, and answers what it writes of modules until it has looked once. */
async function secondPass(): Promise<readonly string[]> {
  await startAnew();
  const { reconciliations, writes } = agent.running.metrics;
  await waitFor("a look at the namespace", async () => {
    const { values } = await reconciliations.get();
    return values.some(({ value }) => value > 0) ? true : undefined;
  });
  return (await writes.get()).values.map(({ labels, value }) => `${labels.cause} ${labels.kind} ${value}`);
}

it("whatever the modules and the troubles, EdgeAgent gets there and then rests", {
  timeout: 20 * minutes,
}, async () => {
  const seed = Number(process.env.EDGE_SEED ?? Date.now() % 2 ** 31);
  progress(`seed ${seed}`);
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 2 }), async (steps) => {
    for (const one of steps) await run(one);
    const wanted = steps.at(-1)?.manifest ?? {};
    await waitFor(
      "EdgeAgent to get there",
      async () => {
        const left = await remaining(wanted);
        if (left.length > 0) throw new Error(left.join(", "));
        return true;
      },
      60,
    );
    expect(await secondPass()).toEqual([]);
  });
  await fc.assert(property, { numRuns: cases, seed, endOnFailure: true });
  progress(`${cases} cases, ${Math.min(restarts, maxRestarts)} restarts of the API server`);
});
