import { copyFile, cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edgectl } from "../support/edgectl.ts";
import { startFakeNode } from "../support/fake-node.ts";
import { patchIn } from "../support/merge-patch.ts";
import { linkTo, startRolloutPlanes } from "../support/rollout-planes.ts";
import { type RolloutProcess, startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject, type RolloutTarget } from "../support/rollout-project.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";

const minutes = 60_000;
const gate = "rest/before/approval";
const strategy = (before: readonly object[], progressDeadline = "5m") => ({
  progressDeadline,
  bake: "0s",
  health: { interval: "1s", failuresInARow: 1 },
  requeue: { first: "1s", max: "2s" },
  waves: [
    { name: "canary", canary: true, matchLabels: { ring: "canary" } },
    { name: "rest", matchLabels: { ring: "rest" }, before },
  ],
});
const coming = [
  { id: "r1", state: "active" },
  { id: "r2", state: "next" },
];
const promoted = [
  { id: "r1", state: "retired" },
  { id: "r2", state: "active" },
];
const approved = [{ approval: { approvers: ["ann"] } }];

let planes: Awaited<ReturnType<typeof startRolloutPlanes>>;
let targets: readonly RolloutTarget[];
let nodes: readonly Awaited<ReturnType<typeof startFakeNode>>[];
/** Between edgectl and beta. */
let link: TcpProxy;
let project: Awaited<ReturnType<typeof makeRolloutProject>>;

beforeAll(async () => {
  planes = await startRolloutPlanes(["alpha", "beta"]);
  targets = planes.targets;
  nodes = await Promise.all(targets.map(startFakeNode));
  const [alpha, beta] = targets as [RolloutTarget, RolloutTarget];
  const linked = await linkTo(beta, planes.directory);
  link = linked.link;
  project = await makeRolloutProject([alpha, linked.target], strategy(approved));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await link.close();
  await planes.stop();
  await project.remove();
});

const rollout = (...args: readonly string[]) => edgectl(["rollout", ...args], { cwd: project.directory });
const as = (operator: string, ...args: readonly string[]) =>
  edgectl(["rollout", ...args], { cwd: project.directory, env: { EDGE_OPERATOR: operator } });
const status = async (run: string) => JSON.parse((await rollout("status", "--run", run, "--json")).stdout);
const start = () => startRollout(project.directory, ["run", "--yes"]);
const codeOf = async (result: Promise<{ readonly code: number; readonly stderr: string }>) => {
  const { code, stderr } = await result;
  return `${code} ${code === 0 ? "" : stderr}`.trim();
};

/** Where the canary is done, and the approval is waited for. */
async function atTheGate(process: RolloutProcess): Promise<string> {
  const { run } = await process.waitFor(({ type, cluster, result }) => {
    return type === "healthReported" && cluster === "alpha" && result?.healthy === true;
  });
  await expect.poll(async () => (await status(run)).gates[0].status, { timeout: 30_000 }).toBe("open");
  return run;
}

// A limit against hanging alone.
describe("operators of a rollout", { timeout: 5 * minutes }, () => {
  it("pause, approve and resume it, while it excludes another", async () => {
    await project.release("1");
    const process = start();
    const run = await atTheGate(process);
    const bob = await as("bob", "approve", gate);
    expect(bob.code).toBe(1);
    expect(bob.stderr).toContain("bob is no approver of this gate");
    expect(await codeOf(rollout("pause", "--reason", "incident 42"))).toBe("0");
    expect(await codeOf(as("ann", "approve", gate, "--comment", "seen"))).toBe("0");
    expect(await status(run)).toMatchObject({
      phase: "paused",
      pause: { reason: "incident 42" },
      gates: [{ status: "passed", approval: { by: "ann" } }],
      clusters: [{ phase: "done" }, { phase: "pending", touched: false }],
    });

    const rotate = ["trust", "rotate", "--fleet", "--to", "r2", "--json"];
    const [second, rotation] = await Promise.all([
      rollout("run", "--yes"),
      edgectl(rotate, { cwd: project.directory }),
    ]);
    expect(second.code, second.stderr).toBe(3);
    expect(second.stderr).toContain(`is locked by ${run}@`);
    expect(rotation.code, rotation.stderr).toBe(3);
    expect(rotation.stderr).toContain(`alpha: locked by ${run}@`);
    const failure = { code: "EDGE_ROLLOUT_LOCKED", message: expect.stringContaining(`is locked by ${run}@`) };
    expect(JSON.parse(rotation.stdout)).toMatchObject({
      halted: true,
      clusters: [
        { cluster: "alpha", outcome: "failed", failure },
        { cluster: "beta", outcome: "failed", failure },
      ],
    });
    const unlock = await rollout("unlock", run);
    expect(unlock.code).toBe(1);
    expect(unlock.stderr).toContain("EDGE_ROLLOUT_COMMAND_REFUSED");

    expect(await codeOf(rollout("resume", "--run", run))).toBe("0");
    expect(await process.ended).toBe(0);
    const listed = (await rollout("list")).stdout.trim().split("\n");
    expect(listed).toEqual([
      expect.stringMatching(/^RUN +FLEET +REVISION +STATE/),
      expect.stringMatching(new RegExp(`^${run} .*complete`)),
      expect.stringMatching(/halted/),
    ]);
  });

  it("see what somebody else has changed since", async () => {
    const [alpha] = targets;
    if (alpha === undefined) throw new Error("no cluster");
    const path = "/apis/apps/v1/namespaces/edge-a/deployments/iotedged";
    const body = { metadata: { labels: { "app.kubernetes.io/part-of": "somebody-else" } } };
    expect(await codeOf(rollout("drift"))).toBe("0");
    await patchIn(alpha, path, body);
    const { code, stdout } = await rollout("drift");
    expect(code).toBe(8);
    expect(stdout).toContain("changed: apps/v1/Deployment edge-a/iotedged");
    expect(stdout).toMatch(/^beta: as deployed/m);
    expect((await rollout("drift", "--cluster", "beta")).code).toBe(0);
  });

  it("retry a cluster whose node came back, and skip another with a reason", async () => {
    const [first] = nodes;
    await first?.stop();
    await project.writeFleet(strategy(approved, "12s"));
    await project.release("2");
    const halted = await rollout("run", "--yes");
    expect(halted.code, halted.stderr).toBe(3);
    expect(halted.stderr).toContain("alpha");
    nodes = await Promise.all(targets.map((target, index) => (index === 0 ? startFakeNode(target) : nodes[1]))).then(
      (all) => all.filter((node) => node !== undefined),
    );
    const run = JSON.parse((await rollout("status", "--json")).stdout).run;
    expect(await codeOf(rollout("skip", "beta", "--reason", "being moved"))).toBe("0");
    expect(await codeOf(as("ann", "approve", gate))).toBe("0");
    const retried = await rollout("retry", "alpha");
    expect(retried.code, retried.stderr).toBe(4);
    expect((await status(run)).clusters).toMatchObject([
      { phase: "done", attempt: 2 },
      { phase: "skipped", skippedBecause: "being moved", touched: false },
    ]);
    const shown = await rollout("status");
    expect(shown.code).toBe(4);
    expect(shown.stdout).toContain("being moved");
  });

  it("abort it for good", async () => {
    await project.writeFleet(strategy(approved));
    await project.release("3");
    const process = start();
    const run = await atTheGate(process);
    expect(await codeOf(rollout("abort", "--reason", "enough"))).toBe("0");
    expect(await process.ended).toBe(5);
    expect((await status(run)).clusters).toMatchObject([{ phase: "done" }, { phase: "pending", touched: false }]);
    const late = await rollout("resume");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("Make a new run");
  });

  it("get what was planned into a cluster that did not answer then, and nothing else", async () => {
    await project.release("6");
    link.set("refuse");
    const process = start();
    const run = await atTheGate(process);
    link.set("forward");
    const desired = (id: string) => join(project.directory, ".edge/rollouts", id, "desired/beta.sealed");
    const pinned = join(planes.directory, "pinned");
    await copyFile(desired(run), pinned);
    const earlier = JSON.parse((await rollout("list", "--json")).stdout).runs[0].run;
    await copyFile(desired(earlier), desired(run));
    expect(await codeOf(as("ann", "approve", gate))).toBe("0");
    expect(await process.ended).toBe(3);
    expect((await status(run)).clusters).toMatchObject([
      { phase: "done" },
      { phase: "failed", touched: false, failure: { code: "EDGE_ROLLOUT_NOT_PINNED" } },
    ]);
    await copyFile(pinned, desired(run));
    expect(await codeOf(rollout("retry", "beta"))).toBe("0");
    expect((await rollout("drift", "--cluster", "beta")).stdout).toBe(`beta: as deployed (${run})\n`);
  });

  it("unlock the clusters of a run that was killed, so that another can begin", async () => {
    await project.writeFleet(strategy([]));
    await project.release("4");
    const process = start();
    const { run } = await process.waitFor(({ type }) => type === "applied");
    process.kill();
    expect(await process.ended).toBeNull();
    await project.release("5");
    const next = startRollout(project.directory, ["run", "--yes"]);
    await next.told(`alpha: locked by ${run}@`);
    const unlocked = await rollout("unlock", run);
    expect(unlocked.stdout).toBe("alpha: unlocked\nbeta: unlocked\n");
    expect(unlocked.stderr).toContain(`run ${run} has not ended`);
    expect(unlocked.code).toBe(0);
    expect(await next.ended).toBe(0);
    expect((await rollout("unlock", run)).stdout).toBe("alpha: was not locked\nbeta: was not locked\n");
  });

  it("are told before the first wave what of the trust would break, whatever the own state says", async () => {
    const own = join(project.directory, ".edge", "state");
    const kept = join(planes.directory, "state");
    await cp(own, kept, { recursive: true });
    // As on another machine.
    await rm(join(own, "alpha.json"));
    // As after a deployment that did not reach its cluster.
    await project.release("7", { trust: { roots: coming } });
    expect(await codeOf(edgectl(["render", "--stack", "beta", "--make-keys"], { cwd: project.directory }))).toBe("0");
    await project.release("7", (stack: string) => (stack === "alpha" ? {} : { trust: { roots: promoted } }));
    const { code, stdout } = await rollout("run", "--yes", "--json");
    expect(code, stdout).toBe(3);
    const checks = stdout
      .trim()
      .split("\n")
      .flatMap((line) => JSON.parse(line).result?.checks ?? [])
      .filter(({ id }: { id: string }) => id === "trust");
    const refused = (evidence: string, message: string, fix: string) => ({
      id: "trust",
      severity: "error",
      message: expect.stringContaining(message),
      evidence,
      fix: expect.stringContaining(fix),
    });
    expect(checks).toHaveLength(2);
    const otherKey = "root r1 of installation edge-a has another key";
    expect(checks).toContainEqual(refused("EDGE_TRUST_OTHER_KEY", otherKey, "Replace no root because of this"));
    const skipped = "r2 is absent and may not become active";
    expect(checks).toContainEqual(refused("EDGE_TRUST_STEP_SKIPPED", skipped, "edgectl trust rotate"));
    expect((await status(JSON.parse(stdout.split("\n")[0] ?? "").run)).clusters).toMatchObject([
      { phase: "failed", failedIn: "preflight", touched: false },
      { phase: "failed", failedIn: "preflight", touched: false },
    ]);
    await rm(own, { recursive: true });
    await cp(kept, own, { recursive: true });
  });
});
