import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { openClusterLock } from "../../infra/rollout/lock/cluster-lock.ts";
import { leaseOf } from "../../infra/rollout/lock/kubernetes-lease.ts";
import type { ClusterLock, PlannedCluster, Run } from "../../infra/rollout/model/index.ts";
import { sampleRun, sampleWave } from "../../infra/rollout/scheduler/test/sample-run.ts";
import { systemTimer, type Timer } from "../../runtime/base/index.ts";
import "../support/provided.ts";

const run = promisify(execFile);
const stack = `Lock_${randomBytes(4).toString("hex")}`;
const { namespace, name } = leaseOf(stack);
const { signal } = new AbortController();
const first = sampleRun([sampleWave("w", ["a"])], { id: "20261123-000000-0001" });
const second: Run = { ...first, id: "20261123-000000-0002" };
const mine = { outcome: "ok", held: true };

let cluster: PlannedCluster;
let locks: ClusterLock[] = [];
beforeAll(async () => {
  const context = (await kubectl("config", "current-context")).trim();
  const target = { context, kubeconfig: inject("kubeconfig") };
  cluster = { name: "a", stack, target, wave: "w", desiredDigest: "" };
});
afterEach(async () => {
  for (const lock of locks) await lock.releaseAll();
  locks = [];
  await kubectl("delete", "lease", "--namespace", namespace, name, "--ignore-not-found");
});

async function kubectl(...words: readonly string[]): Promise<string> {
  const { stdout } = await run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...words]);
  return stdout;
}

/** A Lease that somebody has made. */
async function leaseFile(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "edge-lease-")), "lease.json");
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace } };
  await writeFile(file, JSON.stringify(lease));
  return file;
}

const start = Date.now();
const speed = 20;
/** Time that runs faster: a Lease passes in 3 s. */
const timer: Timer = {
  now: () => start + (Date.now() - start) * speed,
  sleep: (milliseconds, signal) => systemTimer.sleep(milliseconds / speed, signal),
};

function open(of: Run = first): ClusterLock {
  const lock = openClusterLock(of, timer);
  locks.push(lock);
  return lock;
}

describe("the Lease of a rollout", () => {
  it("excludes a second run until the first releases it", async () => {
    const [one, two] = [open(), open(second)];
    expect(await one.acquire(cluster, signal)).toEqual(mine);
    expect(await one.acquire(cluster, signal)).toEqual(mine);
    expect(await two.acquire(cluster, signal)).toMatchObject({
      held: false,
      heldBy: expect.stringContaining(first.id),
    });
    await one.releaseAll();
    expect(await kubectl("get", "lease", "--namespace", namespace, name, "--ignore-not-found")).toBe("");
    expect(await two.acquire(cluster, signal)).toEqual(mine);
  });

  it("is taken over when nobody renews it any more", async () => {
    await kubectl("create", "--filename", await leaseFile());
    const spec = { holderIdentity: "gone", renewTime: "2999-01-01T00:00:00.000000Z", leaseDurationSeconds: 60 };
    await kubectl(
      "patch",
      "lease",
      "--namespace",
      namespace,
      name,
      "--type=merge",
      "--patch",
      JSON.stringify({ spec }),
    );
    expect(await open(second).acquire(cluster, signal)).toEqual(mine);
  });

  it("is deleted at the end by whoever has it, and by nobody else", async () => {
    const lock = open();
    await lock.acquire(cluster, signal);
    const patch = JSON.stringify({ spec: { holderIdentity: "thief" } });
    await kubectl("patch", "lease", "--namespace", namespace, name, "--type=merge", "--patch", patch);
    await lock.releaseAll();
    const path = "jsonpath={.spec.holderIdentity}";
    expect(await kubectl("get", "lease", "--namespace", namespace, name, "--output", path)).toBe("thief");
  });

  it("goes to one of several that want it at the same moment", async () => {
    const runs = Array.from({ length: 5 }, (_, index) => ({ ...first, id: `20261123-000000-000${index}` }));
    const answers = await Promise.all(runs.map((one) => open(one).acquire(cluster, signal)));
    expect(answers.filter((answer) => answer.outcome === "ok" && answer.held)).toHaveLength(1);
    expect(answers.every(({ outcome }) => outcome === "ok")).toBe(true);
  });

  it("is found out to be lost before the next write", async () => {
    const lock = open();
    const lost: string[] = [];
    lock.onLost((where, holder) => lost.push(`${where} by ${holder}`));
    await lock.acquire(cluster, signal);
    const patch = JSON.stringify({ spec: { holderIdentity: "thief" } });
    await kubectl("patch", "lease", "--namespace", namespace, name, "--type=merge", "--patch", patch);
    expect(await lock.acquire(cluster, signal)).toMatchObject({ held: false, heldBy: "thief" });
    expect(lost).toEqual(["a by thief"]);
  });
});
