import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { tokenAudience } from "#contract";
import type { Access, Route, RouteTable } from "../../runtime/iotedged/api/route.ts";
import { managementRoutes } from "../../runtime/iotedged/management/routes.ts";
import { workloadRoutes } from "../../runtime/iotedged/workload/routes.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { canUnpackPython } from "../support/python/python.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { createModule, createRunningPod } from "./api-conformance/modules.ts";
import { installSchemathesis, type Outcome } from "./api-conformance/schemathesis.ts";
import { type FakeKubelet, startFakeKubelet } from "./iotedged-features/kubelet.ts";

const features = { moduleLogs: true, moduleRestart: true, supportBundle: true, moduleJobs: true };
const limits = { requestsPerSecond: 100_000, certificatesPerMinute: 100_000 };
const log = "2026-01-01T00:00:00Z one\n";
const minutes = 60_000;

let namespace: TestNamespace;
let kubelet: FakeKubelet;
let iotedged: RunningIotedged;
let runSchemathesis: Awaited<ReturnType<typeof installSchemathesis>>;
let generation: string;
let ciphertext: object;
const tokens: Record<string, string> = {};

async function start(): Promise<void> {
  runSchemathesis = await installSchemathesis();
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-api", features);
  const { client, name } = namespace;
  kubelet = await startFakeKubelet({
    kubeconfig: inject("kubeconfig"),
    client,
    node: `node-of-${name}`,
    log,
    ends: true,
  });
  generation = (await namespace.createAccount("sensor", "sensor")).metadata.uid;
  await namespace.createAccount("edgehub", "$edgeHub");
  await namespace.createAccount("press", "press");
  await createModule(namespace, "press", 1);
  await createModule(namespace, "idle", 0);
  const audience = tokenAudience({ namespace: name, name });
  for (const account of ["sensor", "edgehub", "edgeagent", "press"]) {
    const pod = await createRunningPod(namespace, account, kubelet.node);
    tokens[account] = await namespace.token(account, { audience, pod });
  }
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  iotedged = await startIotedged({ kubeConfig, name, namespace: name, settings: { features, limits } });
  await waitFor("readiness", async () => (await iotedged.ready()).ok || undefined);
  const initializationVector = "AAAA";
  const path = `/modules/sensor/genid/${generation}/encrypt`;
  const { json } = await iotedged.call("workload", tokens.sensor, path, { plaintext: "", initializationVector });
  ciphertext = { ...json, initializationVector };
}

/** Has schemathesis call everything that is open to `account` by those kinds of access. */
function check(
  api: "management" | "workload",
  account: string,
  access: readonly Access[],
  pathValues: Readonly<Record<string, readonly string[]>>,
): Promise<Outcome> {
  const { ports } = iotedged.daemon;
  return runSchemathesis({
    description: `http://127.0.0.1:${ports.observability}/openapi/${api}.json`,
    port: ports[api],
    routes: { management: managementRoutes, workload: workloadRoutes }[api],
    mayCall: (route) => access.includes(route.access),
    token: tokens[account] ?? "",
    ca: iotedged.ca.certificatePem,
    pathValues,
    ciphertext,
  });
}

/** What an installation that stands alone answers: it has no hub. */
const standingAlone: ReadonlyMap<string, number> = new Map([["management.hub", 409]]);

/** Nothing was found, and each route did what it is for at least once: the module was let in. */
function expectConformance(outcome: Outcome, routes: RouteTable, access: readonly Access[]): void {
  expect(outcome.failures, outcome.output).toEqual([]);
  expect(outcome.complete).toBe(true);
  for (const [name, route] of Object.entries<Route>(routes))
    if (access.includes(route.access))
      expect([...(outcome.statuses.get(name) ?? [])], name).toContain(standingAlone.get(name) ?? route.status);
}

describe.skipIf(!canUnpackPython())("schemathesis finds nothing amiss", { timeout: 5 * minutes }, () => {
  beforeAll(start, 5 * minutes);
  afterAll(async () => {
    await iotedged?.stop();
    await kubelet?.close();
    await namespace?.remove();
  });

  it.concurrent("with what a module gets of the workload API", async () => {
    const access = ["installation", "self"] as const;
    const own = { name: ["sensor"], genid: [generation] };
    const outcome = await check("workload", "sensor", access, own);
    expectConformance(outcome, workloadRoutes, access);
    expect(outcome.generated).toBeGreaterThan(200);
  });

  it.concurrent("with what the hub may ask", async () => {
    const outcome = await check("workload", "edgehub", ["edgeHub"], { name: ["sensor", "nobody"] });
    expectConformance(outcome, workloadRoutes, ["edgeHub"]);
  });

  it.concurrent("with what EdgeAgent gets of the management API, conflicts with the manifest included", async () => {
    const access = ["installation", "edgeAgent"] as const;
    const names = { name: ["press", "idle", "nobody"] };
    const outcome = await check("management", "edgeagent", access, names);
    expectConformance(outcome, managementRoutes, access);
    expect(outcome.generated).toBeGreaterThan(300);
    for (const verb of ["start", "stop", "restart"]) {
      const seen = [...(outcome.statuses.get(`management.module.${verb}`) ?? [])];
      expect(seen, verb).toEqual(expect.arrayContaining([204, 404, 409]));
    }
  });
});
