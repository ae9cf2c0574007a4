import { expect, test } from "vitest";
import { acquireRunLock } from "../lock/run-lock.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { openRollouts } from "./rollouts.ts";
import { startRun } from "./start.ts";
import { makeProject } from "./test/project.ts";

test("a run whose lock another process has is not begun", async () => {
  await using context = await makeProject();
  const rollouts = openRollouts(context);
  const run = sampleRun([sampleWave("w", ["a"])]);
  await using _lock = await acquireRunLock(rollouts.directoryOf(run.id), run.id);
  await expect(startRun(run, rollouts, context, false)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_EXISTS" });
  expect(await rollouts.store.list()).toEqual([]);
});
