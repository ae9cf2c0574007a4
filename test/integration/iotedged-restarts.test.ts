import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { tokenAudience } from "#contract";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { type Created, createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { type RestartableControlPlane, startRestartableControlPlane } from "./edge-agent/restartable-control-plane.ts";

let controlPlane: RestartableControlPlane;
let namespace: TestNamespace;
let iotedged: RunningIotedged;
let audience: string;
let pod: Created;

beforeAll(async () => {
  controlPlane = await startRestartableControlPlane();
  namespace = await createTestNamespace(controlPlane.kubeconfig, "edge-restarts");
  audience = tokenAudience({ namespace: namespace.name, name: namespace.name });
  await namespace.createAccount("sensor", "sensor");
  pod = await namespace.createPod("sensor-1", "sensor");
  iotedged = await startIotedged({
    kubeConfig: await namespace.kubeConfigOf("iotedged"),
    name: namespace.name,
    namespace: namespace.name,
    settings: { authentication: { cacheSeconds: 1, staleSeconds: 600 } },
  });
  await waitFor("iotedged", async () => (await iotedged.ready()).ok || undefined);
}, 240_000);

afterAll(async () => {
  await iotedged?.stop();
  await namespace?.remove();
  await controlPlane?.stop();
}, 120_000);

const status = async (token: string) => (await iotedged.call("workload", token, "/trust-bundle")).status;
const newToken = () => namespace.token("sensor", { audience, pod });

/** Calls again and again until told to stop, or the test has failed; gives all statuses. */
function keepCalling(token: string): { stop(): Promise<ReadonlySet<number>> } {
  const statuses = new Set<number>();
  let stopped = false;
  const calling = (async () => {
    while (!stopped) {
      statuses.add(await status(token));
      await sleep(50);
    }
  })();
  // A failure is told by `stop`.
  calling.catch(() => {});
  async function stop(): Promise<ReadonlySet<number>> {
    stopped = true;
    await calling;
    return statuses;
  }
  onTestFinished(async () => {
    await Promise.allSettled([stop()]);
  });
  return { stop };
}

it("goes on serving known modules while the API server is killed again and again, and lets no other in", async () => {
  const warm = await newToken();
  expect(await status(warm)).toBe(200);
  const known = keepCalling(warm);
  const forged = keepCalling(`${warm.slice(0, -8)}AAAAAAAA`);
  for (let restart = 0; restart < 3; restart++) {
    const unknown = await newToken();
    await controlPlane.restartApiServer();
    await waitFor("the API server's verdicts", async () => (await status(unknown)) === 200 || undefined);
  }
  expect(await known.stop(), iotedged.log.join("")).toEqual(new Set([200]));
  expect([...(await forged.stop())].filter((one) => one !== 401 && one !== 503)).toEqual([]);
  await waitFor("the watches", async () => (await iotedged.ready()).ok || undefined, 30);
}, 240_000);
