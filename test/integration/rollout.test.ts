import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Errors } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PlanSchema } from "../../infra/rollout/plan/plan-schema.ts";
import { allWrites } from "../support/all-objects.ts";
import { declaredObjects } from "../support/declared-objects.ts";
import { edgectl } from "../support/edgectl.ts";
import { brokenTag, startFakeNode } from "../support/fake-node.ts";
import { patchIn } from "../support/merge-patch.ts";
import { startRolloutPlanes } from "../support/rollout-planes.ts";
import { type PrintedEvent, startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject, type RolloutTarget, strategyOf } from "../support/rollout-project.ts";

const strategy = strategyOf({ progressDeadline: "5m", failuresInARow: 1 });

let planes: Awaited<ReturnType<typeof startRolloutPlanes>>;
let nodes: readonly Awaited<ReturnType<typeof startFakeNode>>[];
let targets: readonly RolloutTarget[];
/** What the clusters have after the first, undisturbed rollout. */
let firstRelease: readonly Record<string, unknown>[];
let project: Awaited<ReturnType<typeof makeRolloutProject>>;

beforeAll(async () => {
  planes = await startRolloutPlanes(["alpha", "beta", "gamma"]);
  targets = planes.targets;
  nodes = await Promise.all(targets.map(startFakeNode));
  project = await makeRolloutProject(targets, strategy);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await planes.stop();
  await project.remove();
});

const rollout = (...args: readonly string[]) => edgectl(["rollout", ...args], { cwd: project.directory });
const status = async () => JSON.parse((await rollout("status", "--json")).stdout);

/** What was deployed in all clusters, without what the API server or a controller decides. */
async function declared(): Promise<readonly Record<string, unknown>[]> {
  return Promise.all(targets.map((target) => declaredObjects(target, "edge-a")));
}

/** What the bundle says of the roots in it, written by the manager that deploys it. */
async function markRoots(target: RolloutTarget, roots: string): Promise<void> {
  const path = "/api/v1/namespaces/edge-a/configmaps/iotedged-proxy-trust-bundle?fieldManager=edgectl";
  await patchIn(target, path, { metadata: { annotations: { "iotedge.dev/trust-roots": roots } } });
}

describe("rollout over three clusters", () => {
  it("01 plans without touching anything, merging equal changes", async () => {
    await project.release("1");
    const before = await Promise.all(targets.map(allWrites));
    const { code, stdout } = await rollout("plan");
    expect(stdout).toContain("26 changes in 3 clusters (alpha, beta, gamma)");
    expect(code).toBe(0);
    expect([...Errors(PlanSchema, JSON.parse((await rollout("plan", "--json")).stdout))]).toEqual([]);
    expect(await Promise.all(targets.map(allWrites))).toEqual(before);
  });

  it("02 deploys wave by wave, each cluster healthy before the next wave", async () => {
    const { code, stdout } = await rollout("run", "--yes", "--json");
    expect(code, stdout).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const order = events.filter(({ type }) => type === "applied").map(({ cluster }) => cluster);
    expect(order[0]).toBe("alpha");
    expect(order.toSorted()).toEqual(["alpha", "beta", "gamma"]);
    const healthy = events.findIndex(({ type, result }) => type === "healthReported" && result.healthy);
    expect(healthy).toBeLessThan(events.findIndex(({ type, cluster }) => type === "applied" && cluster !== "alpha"));
    firstRelease = await declared();
  });

  it("03 halts before the second wave when the canary does not become healthy, and leaves the others untouched", async () => {
    const canaryBefore = (await declared())[0];
    const untouched = await Promise.all(targets.slice(1).map(allWrites));
    await project.writeFleet({ ...strategy, progressDeadline: "45s" });
    await project.release(brokenTag, { nodeObserver: true });
    const { code, stderr } = await rollout("run", "--yes");
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("ImagePullBackOff");
    expect((await status()).clusters).toMatchObject([
      { name: "alpha", phase: "failed", failedIn: "verify" },
      { name: "beta", phase: "pending", touched: false },
      { name: "gamma", phase: "pending", touched: false },
    ]);
    expect(await Promise.all(targets.slice(1).map(allWrites))).toEqual(untouched);
    expect((await declared())[0]).not.toEqual(canaryBefore);

    await project.writeFleet(strategy);
    const [alpha] = targets as [RolloutTarget];
    await markRoots(alpha, "r1=revoked,r2=active");
    const refused = await rollout("rollback", "--reason", "the image is missing");
    expect(refused.code, refused.stderr).toBe(7);
    expect(refused.stderr).toContain("root r1 is revoked and may not become active");
    await markRoots(alpha, "r1=active");
    const back = await rollout("rollback", "--reason", "the image is missing");
    expect(back.code, back.stderr).toBe(0);
    expect((await declared())[0]).toEqual(canaryBefore);
    expect(await Promise.all(targets.slice(1).map(allWrites))).toEqual(untouched);
    const report = await readFile(
      join(project.directory, ".edge/rollouts", (await status()).run, "report.html"),
      "utf8",
    );
    expect(report).toContain("the image is missing");
  });

  it("04 keeps no key in the run's folder that can be read without the seal's key", async () => {
    const { run } = await status();
    const { stdout } = await edgectl(["render", "--stack", "alpha", "--show-secrets", "-o", "json"], {
      cwd: project.directory,
    });
    const secrets = JSON.parse(stdout).items.filter(({ kind }: { kind: string }) => kind === "Secret");
    const values: readonly string[] = secrets.flatMap(({ data }: { data: object }) => Object.values(data));
    const folder = join(project.directory, ".edge/rollouts", run);
    const files = await Promise.all(
      ["run.json", "journal.ndjson", "report.html", "desired/alpha.sealed"].map((file) =>
        readFile(join(folder, file), "latin1"),
      ),
    );
    expect(values.length).toBeGreaterThan(2);
    for (const value of values) {
      for (const file of files) expect(file.includes(value.slice(0, 40))).toBe(false);
    }
  });
});

/** Starts a rollout and kills it, with SIGKILL, as soon as an event matches. */
async function killAt(args: readonly string[], matches: (event: PrintedEvent) => boolean): Promise<void> {
  const process = startRollout(project.directory, args);
  await process.waitFor(matches);
  process.kill();
  expect(await process.ended).toBeNull();
}

describe("kill -9, then resume", () => {
  const began = (kind: string) => (event: PrintedEvent) =>
    event.type === "began" && event.action?.startsWith(`${kind}/`) === true;
  const states: readonly (readonly [string, (event: PrintedEvent) => boolean])[] = [
    ["preflight", began("preflight")],
    ["previewing", began("preview")],
    ["applying", began("apply")],
    ["verifying", ({ type }) => type === "applied"],
    ["baking", ({ type, result }) => type === "healthReported" && result?.healthy === true],
    ["the second wave", began("apply")],
  ];
  let undisturbed: readonly Record<string, unknown>[];

  it("05 an undisturbed rollout of another revision", async () => {
    await project.release("2", { nodeObserver: true });
    const { code, stderr } = await rollout("run", "--yes");
    expect(code, stderr).toBe(0);
    undisturbed = await declared();
    expect(undisturbed).not.toEqual(firstRelease);
  });

  it("06 in every state, one after the other", async () => {
    await project.release("1");
    for (const [index, [, matches]] of states.entries())
      await killAt(index === 0 ? ["run", "--yes"] : ["resume"], matches);
    const { code, stderr } = await rollout("resume");
    expect(code, stderr).toBe(0);
    expect(await declared()).toEqual(firstRelease);
    const { clusters } = await status();
    expect(clusters.map(({ phase, attempt }: { phase: string; attempt: number }) => [phase, attempt])).toEqual([
      ["done", 1],
      ["done", 1],
      ["done", 1],
    ]);
  });

  it("07 while rolling back", async () => {
    await killAt(["rollback"], began("rollback"));
    const { code, stderr } = await rollout("resume");
    expect(code, stderr).toBe(6);
    expect(await declared()).toEqual(undisturbed);
  });
});
