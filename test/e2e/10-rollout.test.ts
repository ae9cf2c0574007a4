import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import type { ControlPlane } from "../../infra/local-cluster/types.ts";
import { allWrites } from "../support/all-objects.ts";
import { declaredObjects } from "../support/declared-objects.ts";
import { startFakeNode } from "../support/fake-node.ts";
import { waitFor } from "../support/wait-for.ts";
import { moduleSelector, readyPod } from "./cluster.ts";
import { createFleet, type Fleet, namespace } from "./rollout/fleet.ts";

const good = { sensor: { Cmd: ["sensor"] }, consumer: { Cmd: ["consumer"] } };
/** One module ends at once, the other one runs, and its health check fails. */
const bad = {
  sensor: { Cmd: ["nothing-it-knows"] },
  consumer: {
    Cmd: ["consumer"],
    Healthcheck: { Test: ["CMD", "/bin/node", "-e", "process.exit(3)"], Interval: 1e9, Retries: 1 },
  },
};
/** So much time has a cluster to become healthy that never will. */
const shortDeadline = "20s";

let directory: string;
let plane: ControlPlane;
let node: Awaited<ReturnType<typeof startFakeNode>>;
let fleet: Fleet;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-yard-"));
  plane = await startControlPlane({ directory });
  fleet = await createFleet(plane);
  node = await startFakeNode(fleet.yard);
});
afterAll(async () => {
  await node?.stop();
  await Promise.all([plane?.stop(), fleet?.remove()]);
  await rm(directory, { recursive: true, force: true });
});

interface Printed {
  readonly type: string;
  readonly cluster?: string;
  readonly result?: { readonly healthy?: boolean; readonly checks?: readonly { id: string; message: string }[] };
}

/** Runs a rollout to its end, and answers with its exit code and its events. */
async function run() {
  const { code, stdout, stderr } = await fleet.rollout("run", "--yes", "--json");
  const lines = stdout.trim().split("\n");
  return { code, stderr, events: lines.map((line): Printed => JSON.parse(line)) };
}

const status = async () => JSON.parse((await fleet.rollout("status", "--json")).stdout);
const isHealthy = ({ type, cluster, result }: Printed) =>
  type === "healthReported" && cluster === "plant" && result?.healthy === true;

describe("a rollout whose canary has real pods", () => {
  it("01 goes on once the canary's modules run and one of them has had a text signed", async () => {
    await fleet.commit("Install", { modules: good });
    const { code, events, stderr } = await run();
    expect(code, stderr).toBe(0);
    const healthy = events.findIndex(isHealthy);
    const checks = events[healthy]?.result?.checks ?? [];
    expect(checks.map(({ id }) => id)).toEqual([
      "iotedged-ready",
      "edgeagent-ready",
      "edgeagent-converged",
      "modules-running",
      "live-call",
    ]);
    expect(checks.at(-1)?.message).toBe("a module had a text signed");
    expect(healthy).toBeLessThan(events.findIndex(({ type, cluster }) => type === "applied" && cluster === "yard"));
    const report = await fleet.readFile(`.edge/rollouts/${(await status()).run}/report.html`);
    expect(report).toMatch(/plant: healthy: .*modules in edge-rollout: as desired; a module had a text signed/);
  });

  it("02 halts before the next wave when modules fail, names them, and takes everything back", async () => {
    const before = await declaredObjects(fleet.plant, namespace);
    const untouched = await allWrites(fleet.yard);
    await fleet.setDeadline(shortDeadline);
    await fleet.commit("Break it", { modules: bad, nodeObserver: true });
    const { code, events, stderr } = await run();
    expect(code, stderr).toBe(3);
    // The pods of before run well, and must not be taken for the new ones.
    expect(events.filter(isHealthy)).toEqual([]);
    const { clusters } = await status();
    expect(clusters).toMatchObject([
      { name: "plant", phase: "failed", failedIn: "verify" },
      { name: "yard", phase: "pending", touched: false },
    ]);
    const { message } = clusters[0].failure;
    expect(message).toMatch(/sensor: its program ends with exit code 1/);
    expect(message).toMatch(/consumer: /);
    expect(await allWrites(fleet.yard)).toEqual(untouched);
    expect(await declaredObjects(fleet.plant, namespace)).not.toEqual(before);

    const back = await fleet.rollout("rollback", "--reason", "modules fail");
    expect(back.code, back.stderr).toBe(0);
    await waitFor("the canary as it was", async () => {
      expect(await declaredObjects(fleet.plant, namespace)).toEqual(before);
      return true;
    });
    for (const module of Object.keys(good)) await readyPod(namespace, moduleSelector(module));
    expect(await allWrites(fleet.yard)).toEqual(untouched);
  });
});
