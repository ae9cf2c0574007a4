import { expect, test } from "vitest";
import { isCarriedOut } from "../lock/run-lock.ts";
import { sampleRun, sampleWave } from "../scheduler/test/sample-run.ts";
import { openRollouts } from "./rollouts.ts";
import { pauseCommand } from "./steer.ts";
import { makeProject, openFilesOf } from "./test/project.ts";

test("a request that is refused leaves neither journal nor lock behind", async () => {
  await using context = await makeProject();
  const { store, directoryOf } = openRollouts(context);
  const run = sampleRun([sampleWave("w", ["a"])]);
  await (await store.create(run))[Symbol.asyncDispose]();
  const flags = { run: run.id, json: false, reason: "lunch" };
  await pauseCommand(flags, context);
  await expect(pauseCommand(flags, context)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_COMMAND_REFUSED" });
  expect(await openFilesOf(context.projectDirectory)).toEqual([]);
  expect(await isCarriedOut(directoryOf(run.id))).toBe(false);
});
