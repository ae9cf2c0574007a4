import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EdgectlProcess, killAt, startEdgectl } from "../support/edgectl-process.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, moduleSelector, readyPod } from "./cluster.ts";
import { holdBack } from "./trust/hold-back.ts";
import { type ProxyProcesses, watchProxyProcesses } from "./trust/proxy-processes.ts";
import { createTrustStack, type TrustStack } from "./trust/stack.ts";
import { startTraffic, type Traffic, type TrafficModule } from "./trust/traffic.ts";

const namespace = "edge-trust";
const moduleCount = 20;
const rate = 200;
const minutes = 60_000;
/** Where the rotation is killed while a proxy is held back, and after that one was let go: by what it has just said. */
const killPoints = {
  held: [/: add r2 /, /Deploy stack/, /waiting for/],
  released: [/Deploy stack/, /: take r1 out/, /Deploy stack/],
};

let stack: TrustStack;
let modules: readonly TrafficModule[];
let traffic: Traffic | undefined;
let processes: ProxyProcesses | undefined;

interface Status {
  readonly roots: readonly { readonly id: string; readonly state: string }[];
  readonly workloadCa: string;
  readonly pods: { readonly total: number; readonly current: number };
  readonly blockers: readonly { readonly pod: string }[];
}

async function status(): Promise<Status> {
  const { stdout } = await stack.run(["trust", "status", "--json"]);
  return JSON.parse(stdout).installations[0];
}

const rootsOf = async () => (await status()).roots.map(({ id, state }) => `${id} ${state}`).join();

const blockedPods = async () => [...new Set((await status()).blockers.map(({ pod }) => pod))];

async function describeModule(index: number): Promise<TrafficModule> {
  const id = `m${index}`;
  const pod = await readyPod(namespace, moduleSelector(id));
  const accounts = await items("serviceaccounts", ["-n", namespace, `--field-selector=metadata.name=${id}`]);
  return { id, pod, generation: accounts[0]?.metadata.uid ?? "" };
}

beforeAll(async () => {
  stack = await createTrustStack(namespace, moduleCount);
  const up = await stack.run(["up", "--engine", "render", "--timeout", "600"]);
  expect(up.stderr + up.stdout).not.toContain("error EDGE_");
  modules = await Promise.all(Array.from({ length: moduleCount }, (_, index) => describeModule(index)));
  processes = watchProxyProcesses(modules.map(({ pod }) => pod));
  traffic = startTraffic(namespace, modules, rate);
}, 15 * minutes);

afterAll(async () => {
  processes?.stop();
  await traffic?.stop();
  await stack?.run(["down", "--engine", "render"]);
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]);
  await stack?.remove();
}, 5 * minutes);

/** Ends the traffic of one story, and begins that of the next. Each proxy was one process all the while. */
async function settle(atLeast = rate * 10): Promise<void> {
  const result = await traffic?.stop(atLeast);
  traffic = startTraffic(namespace, modules, rate);
  expect(result?.failed).toEqual([]);
  expect(result?.served).toBeGreaterThanOrEqual(atLeast);
  expect(processes?.most()).toEqual(Object.fromEntries(modules.map(({ pod }) => [pod.metadata.name, 1])));
}

const rotate = (...more: readonly string[]) =>
  stack.run(["trust", "rotate", "--engine", "render", "--timeout", "420", ...more]);

describe("CAs rotate under load, without a refused request", () => {
  it("01 everybody acknowledges the first bundle", { timeout: 6 * minutes }, async () => {
    const first = await waitFor(
      "every pod's acknowledgement",
      async () => {
        const now = await status();
        return now.pods.current === now.pods.total && now.pods.total > moduleCount ? now : undefined;
      },
      300,
    );
    expect(first.roots).toEqual([expect.objectContaining({ id: "r1", state: "active" })]);
  });

  it("02 the root, killed at every step and resumed, while a proxy is held back", {
    timeout: 20 * minutes,
  }, async () => {
    const { pod } = modules[0] as TrafficModule;
    const { name } = pod.metadata;
    const args = ["trust", "rotate", "--engine", "render", "--to", "r2", "--timeout", "420", ...stack.args];
    const release = await holdBack(pod);
    let rotation: EdgectlProcess;
    try {
      for (const point of killPoints.held) await killAt(args, point);
      rotation = startEdgectl(args);
      await waitFor("all other pods", async () => (await blockedPods()).join() === name || undefined, 300);
      expect(await rootsOf()).toBe("r1 active,r2 next");
    } finally {
      await release();
    }
    await rotation.saw(/: issue from r2/);
    await rotation.kill();
    for (const point of killPoints.released) {
      await killAt(args, point);
      expect(await rootsOf()).toMatch(/^(r1 active,r2 next|r1 retired,r2 active|r2 active)$/);
    }
    const done = await rotate("--to", "r2");
    expect(done.stderr + done.stdout).not.toContain("error EDGE_");
    expect(await rootsOf()).toBe("r2 active");
    expect((await status()).blockers).toEqual([]);
    await settle();
  });

  it("03 the workload CA", { timeout: 15 * minutes }, async () => {
    const done = await rotate("--workload-ca", "--to", "w2");
    expect(done.stderr + done.stdout).not.toContain("error EDGE_");
    expect(await status()).toMatchObject({ workloadCa: "w2", blockers: [] });
    await settle();
  });

  it("04 iotedged's replicas are replaced under the same load", { timeout: 5 * minutes }, async () => {
    const before = await items("pods", ["-n", namespace, "-l", "app.kubernetes.io/name=iotedged"]);
    expect(before).toHaveLength(2);
    await kubectl(["rollout", "restart", "deployment/iotedged", "-n", namespace]);
    await kubectl(["rollout", "status", "deployment/iotedged", "-n", namespace, "--timeout=180s"]);
    await settle(rate * 2);
  });
});

describe("a root whose key is in wrong hands", () => {
  it("05 is taken out at once; what that breaks is told before, and is whole again after", {
    timeout: 10 * minutes,
  }, async () => {
    const told = await stack.run(["trust", "revoke-root", "r2"]);
    expect(told.stdout).toContain(`All ${moduleCount + 1} proxies refuse iotedged`);
    expect(told.stdout).toMatch(/pods have certificates below r2\. Their clients refuse them/);
    expect(told.stdout).toContain("Nothing is changed yet");
    expect(await rootsOf()).toBe("r2 active");

    const done = await stack.run(["trust", "revoke-root", "r2", "--yes", "--engine", "render", "--timeout", "240"]);
    expect(done.stderr + done.stdout).not.toContain("error EDGE_");
    expect(done.stdout).toContain("nobody trusts r2 any more, and nothing below it is in use");
    expect(await status()).toMatchObject({ workloadCa: "w3", blockers: [] });
    expect(await rootsOf()).toBe("r2 revoked,r3 active");

    const { failed = [] } = (await traffic?.stop()) ?? {};
    expect(failed.filter((one) => !/ 5\d\d$/.test(one))).toEqual([]);
    traffic = startTraffic(namespace, modules, rate);
    await settle(rate * 2);
  });
});
