import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { declaredObjects } from "../support/declared-objects.ts";
import { edgectl, edgectlMain } from "../support/edgectl.ts";
import { ensurePreviousVersion, lacksPreviousVersion } from "../support/previous-version.ts";
import { progress } from "../support/progress.ts";
import { startRolloutPlanes } from "../support/rollout-planes.ts";
import { startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject } from "../support/rollout-project.ts";
import { runProgram } from "../support/run-program.ts";

const checkout = resolve(import.meta.dirname, "../..");
const minutes = 60_000;
const namespace = "edge-a";
const lacking = await lacksPreviousVersion();
if (lacking !== undefined) progress(`Rollouts of the version before are not tested: ${lacking}`);

const strategy = {
  progressDeadline: "10m",
  bake: "0s",
  health: { interval: "1s", failuresInARow: 1 },
  requeue: { first: "1s", max: "2s" },
  waves: [{ name: "canary", canary: true, matchLabels: { ring: "canary" } }],
};

/** A version as a project uses it. */
interface Version {
  readonly edgectl: string;
  readonly program: string;
}

let planes: Awaited<ReturnType<typeof startRolloutPlanes>>;
let project: Awaited<ReturnType<typeof makeRolloutProject>>;
let older: Version;
const newer: Version = { edgectl: edgectlMain, program: join(checkout, "infra/index.ts") };

beforeAll(async () => {
  if (lacking !== undefined) return;
  older = await ensurePreviousVersion(progress);
  // Without a node nothing becomes ready: a rollout waits for as long as it is let.
  planes = await startRolloutPlanes(["alpha"]);
  project = await makeRolloutProject(planes.targets, strategy);
}, 10 * minutes);
afterAll(async () => {
  await planes?.stop();
  await project?.remove();
});

async function use({ program }: Version, tag: string): Promise<void> {
  const file = join(project.directory, "Pulumi.yaml");
  await writeFile(file, stringify({ ...parse(await readFile(file, "utf8")), main: program }));
  await project.release(tag);
}

const rollout = (...args: readonly string[]) => edgectl(["rollout", ...args], { cwd: project.directory });

/** Begins a rollout, and kills it while it waits for what it has deployed. */
async function killedIn(version: Version): Promise<string> {
  const begun = startRollout(project.directory, ["run", "--yes"], version.edgectl);
  const { run } = await begun.waitFor(({ type }) => type === "applied");
  begun.kill();
  expect(await begun.ended).toBeNull();
  return run;
}

/**
 * Whether a run waits for the locks of another, and is let in once these are given back.
 *
 * @returns the run, which is killed once it has deployed
 */
async function waitsFor(run: string, { edgectl }: Version): Promise<string> {
  const waiting = startRollout(project.directory, ["run", "--yes"], edgectl);
  await waiting.told(`locked by ${run}@`);
  const words = ["--disable-warning=ExperimentalWarning", edgectl, "rollout", "unlock", run];
  const unlocked = await runProgram(process.execPath, words, { cwd: project.directory });
  expect(unlocked).toMatchObject({ code: 0, stdout: "alpha: unlocked\n" });
  const applied = await waiting.waitFor(({ type }) => type === "applied");
  waiting.kill();
  await waiting.ended;
  return applied.run;
}

/** Lets a version resume a run until it looks whether what the run has deployed is healthy. */
async function isGoneOnWith(run: string, { edgectl }: Version): Promise<void> {
  const resumed = startRollout(project.directory, ["resume", "--run", run], edgectl);
  const event = await resumed.waitFor(({ type }) => type === "healthReported");
  expect(event).toMatchObject({ run, cluster: "alpha" });
  resumed.kill();
  await resumed.ended;
}

/** Rolls a run back by a version. */
async function rolledBack(run: string, { edgectl }: Version) {
  const taken = startRollout(project.directory, ["rollback", "--run", run, "--reason", "test"], edgectl);
  const finished = await taken.waitFor(({ type }) => type === "finished");
  return { finished, code: await taken.ended };
}

const imageOfIotedged = async () => {
  const [target] = planes.targets;
  const declared = target === undefined ? {} : await declaredObjects(target, namespace);
  return /example\.org\/iotedged:\d+/.exec(JSON.stringify(declared))?.[0];
};

describe.skipIf(lacking !== undefined)(
  "a rollout of the version before that was killed",
  { timeout: 8 * minutes },
  () => {
    let run: string;

    it("is shown by this version, which knows its journal", async () => {
      await use(older, "1");
      run = await killedIn(older);
      await use(newer, "2");
      const shown = await rollout("status", "--run", run, "--json");
      expect(JSON.parse(shown.stdout)).toMatchObject({ run, clusters: [{ name: "alpha", touched: true }] });
      expect((await rollout("list")).stdout).toContain(run);
    });

    it("is gone on with by this version, as it was planned", async () => {
      await isGoneOnWith(run, newer);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:1");
    });

    it("keeps a rollout of this version waiting, until this version gives its locks back", async () => {
      run = await waitsFor(run, newer);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:2");
    });

    it("the other way round, is shown and gone on with by the version before", async () => {
      await use(older, "3");
      const shown = await runProgram(process.execPath, [older.edgectl, "rollout", "status", "--run", run, "--json"], {
        cwd: project.directory,
      });
      expect(JSON.parse(shown.stdout)).toMatchObject({ run, clusters: [{ name: "alpha", touched: true }] });
      await isGoneOnWith(run, older);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:2");
    });

    it("the other way round, is taken back by the version before", async () => {
      expect(await rolledBack(run, older)).toMatchObject({ code: 0 });
      expect(await imageOfIotedged()).toBe("example.org/iotedged:1");
    });

    it("is taken back by this version", async () => {
      run = await killedIn(older);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:3");
      expect(await rolledBack(run, newer)).toMatchObject({ code: 0 });
      expect(await imageOfIotedged()).toBe("example.org/iotedged:1");
    });

    it("the other way round, keeps a rollout of the version before waiting", async () => {
      await use(newer, "4");
      run = await killedIn(newer);
      await use(older, "5");
      run = await waitsFor(run, older);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:5");
    });

    it("is not taken back to what this version had deployed, of which the version before saves too little", async () => {
      const { code, finished } = await rolledBack(run, newer);
      expect({ code, outcome: finished.outcome }).toEqual({ code: 7, outcome: "rollbackIncomplete" });
      const shown = JSON.parse((await rollout("status", "--run", run, "--json")).stdout);
      expect(shown).toMatchObject({ clusters: [{ name: "alpha", failure: { code: "EDGE_APPLY_REJECTED" } }] });
    });

    it("is followed by one of this version, which deploys what it shall be", async () => {
      await use(newer, "6");
      await killedIn(newer);
      expect(await imageOfIotedged()).toBe("example.org/iotedged:6");
    });
  },
);
