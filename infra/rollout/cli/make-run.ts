import { randomInt } from "node:crypto";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { mapConcurrently } from "#base";
import { defaultImagesFile } from "#contract";
import type { CommandContext } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import { newRunId } from "../journal/run-id.ts";
import type { ClusterDriver, Fleet, RolloutPlan, Run } from "../model/index.ts";
import { PlanBuilder, runOf } from "../plan/plan-builder.ts";
import { openDrivers } from "./drivers.ts";
import { readPins } from "./revision.ts";
import { operatorName, type Rollouts, readFleet } from "./rollouts.ts";

/** A run that nobody has begun yet. What it will deploy is in its folder already. */
export interface MadeRun {
  readonly run: Run;
  /** Takes its folder away again. */
  discard(): Promise<void>;
}

/**
 * Plans a rollout of the working tree, and pins what it deploys.
 *
 * @throws EDGE_ROLLOUT_UNPLANNED where a cluster answers, but cannot be planned
 */
export async function makeRun(
  context: CommandContext,
  rollouts: Rollouts,
  fleetFile: string | undefined,
): Promise<MadeRun> {
  const id = newRunId(Date.now(), randomInt(0x1_00_00));
  const discard = () => rm(rollouts.directoryOf(id), { recursive: true, force: true });
  try {
    const { fleet, file } = await readFleet(context, fleetFile);
    const pins = await readPins(context.projectDirectory, fleet, file);
    await pinImages(context, rollouts, id);
    await using drivers = await openDrivers(context, rollouts, { run: id, git: pins.git });
    const plan = await planFleet(fleet, drivers.driver, context);
    const failed = (plan.unknown ?? []).filter(({ outcome }) => outcome === "failed");
    if (failed.length > 0) {
      const problems = failed.map(({ cluster, failure }) => `\n  ${cluster}: ${failure.message}`).join("");
      throw rolloutErrors.EDGE_ROLLOUT_UNPLANNED({ count: failed.length, problems });
    }
    return { run: runOf(id, fleet, pins, plan, operatorName(context.env)), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Keeps the image references of the project with the run, before anything is planned with them. */
async function pinImages({ projectDirectory }: CommandContext, rollouts: Rollouts, id: string): Promise<void> {
  await mkdir(rollouts.directoryOf(id), { recursive: true, mode: 0o700 });
  await copyFile(join(projectDirectory, defaultImagesFile), rollouts.imagesOf(id)).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Looks at all clusters of the fleet; those that do not answer are in the plan all the same. */
export async function planFleet(
  fleet: Fleet,
  driver: ClusterDriver,
  { progress, signal }: CommandContext,
): Promise<RolloutPlan> {
  const builder = new PlanBuilder(fleet);
  let planned = 0;
  await progress.step(`Plan ${builder.clusters.length} clusters`, (tell) =>
    mapConcurrently(builder.clusters, async (cluster) => {
      const found = await driver.plan(cluster, signal);
      signal.throwIfAborted();
      builder.add(cluster.name, found.desiredDigest ?? "", found);
      planned += 1;
      tell(`${planned} of ${builder.clusters.length}: ${cluster.name}`);
    }),
  );
  return builder.build();
}
