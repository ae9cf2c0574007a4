import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type IotedgedSettings, tokenAudience } from "#contract";
import { systemClock } from "../../runtime/base/clock.ts";
import { unverifiedClaims } from "../../runtime/iotedged/authentication/unverified-claims.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { type NetworkMode, startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { type Created, createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

let namespace: TestNamespace;
let network: TcpProxy;
let iotedged: RunningIotedged;
let kubeConfig: KubeConfig;
let audience: string;
let pod: Created;

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-outage");
  audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  await namespace.createAccount("sensor", "sensor");
  pod = await namespace.createPod("sensor-1", "sensor");
  const direct = await namespace.kubeConfigOf("iotedged");
  const cluster = direct.getCurrentCluster();
  const user = direct.getCurrentUser();
  if (cluster === null || user === null) throw new Error("the kubeconfig names no cluster or user");
  network = await startTcpProxy({ target: new URL(cluster.server), delay: 3000 });
  kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ ...cluster, server: `https://127.0.0.1:${network.port}` }, user);
  iotedged = await start({ cacheSeconds: 0, staleSeconds: 20 });
});

afterEach(() => network.set("forward"));

afterAll(async () => {
  await iotedged?.stop();
  await network?.close();
  await namespace?.remove();
});

async function start(authentication: IotedgedSettings["authentication"], clock = systemClock) {
  const { name } = namespace;
  const started = await startIotedged({ kubeConfig, name, namespace: name, settings: { authentication }, clock });
  await waitFor("iotedged", async () => (await started.ready()).ok || undefined, 30);
  return started;
}

const status = async (token: string) => (await iotedged.call("workload", token, "/trust-bundle")).status;
const newToken = () => namespace.token("sensor", { audience, pod });
const degraded = async () => (await iotedged.ready()).degraded.map(({ name }) => name);
const staleServed = async () =>
  Number(/iotedge_tokenreview_stale_served_total (\d+)/.exec(await iotedged.metrics())?.[1]);

describe.each<NetworkMode>(["refuse", "blackhole", "slow"])("an API server behind a network that does %j", (mode) => {
  it("leaves known modules in, lets no other in, and costs nobody more than 10 s once it is over", async () => {
    const [warm, unknown] = [await newToken(), await newToken()];
    expect(await status(warm)).toBe(200);
    const before = await staleServed();
    network.set(mode);

    expect(await status(warm)).toBe(200);
    expect(await staleServed()).toBeGreaterThan(before);
    if (mode !== "slow") {
      expect(await status(unknown)).toBe(503);
      expect(await degraded()).toEqual(["token-reviews"]);
      expect(await iotedged.metrics()).toContain("iotedge_degraded 1");
    }
    expect(await status(warm)).toBe(200);
    const forged = `${warm.slice(0, -8)}AAAAAAAA`;
    expect([401, 503]).toContain(await status(forged));

    network.set("forward");
    await waitFor("the API server's verdicts", async () => (await status(unknown)) === 200 || undefined, 10);
    await waitFor(
      "the end",
      async () => ((await status(warm)) === 200 && (await degraded()).length === 0) || undefined,
      10,
    );
    expect(await status(forged)).toBe(401);
  });
});

describe("an outage that lasts", () => {
  it("ends what known modules may do when its time is over, and is survived", async () => {
    const warm = await newToken();
    expect(await status(warm)).toBe(200);
    network.set("refuse");
    expect(await status(warm)).toBe(200);
    await waitFor("the end of stale identities", async () => (await status(warm)) === 503 || undefined);
    network.set("forward");
    await waitFor("the module's return", async () => (await status(warm)) === 200 || undefined, 10);
    await waitFor("the watches", async () => (await iotedged.ready()).ok || undefined);
  });

  it("does not hide that a pod is gone, once it is over", async () => {
    const short = await namespace.createPod("sensor-2", "sensor");
    const token = await namespace.token("sensor", { audience, pod: short });
    expect(await status(token)).toBe(200);
    network.set("refuse");
    const path = namespace.path("api/v1", "pods", "sensor-2");
    await namespace.client.call({ verb: "delete", path, query: { gracePeriodSeconds: "0" } });
    expect([200, 401]).toContain(await status(token));
    network.set("forward");
    // The API server itself may take the token for 10 s more, and what is stale counts for 20 s.
    await waitFor("the refusal", async () => (await status(token)) === 401 || undefined, 60);
  });
});

describe("an outage that outlasts a token", () => {
  it("ends what the token may do at its end, to the second, and lets nobody in who was not known", async () => {
    let ahead = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const patient = await start({ cacheSeconds: 0, staleSeconds: 3600 }, clock);
    const ask = async (token: string) => (await patient.call("workload", token, "/trust-bundle")).status;
    try {
      const [warm, unknown] = [await newToken(), await newToken()];
      const end = unverifiedClaims(warm)?.expiresAt ?? 0;
      expect(await ask(warm)).toBe(200);
      network.set("refuse");
      ahead = end - systemClock.now() - 60_000;
      expect(await ask(warm)).toBe(200);
      expect(await ask(unknown)).toBe(503);
      ahead = end - systemClock.now();
      expect(await ask(warm)).toBe(503);
      expect(await ask(unknown)).toBe(503);
    } finally {
      network.set("forward");
      await patient.stop();
    }
  });
});
