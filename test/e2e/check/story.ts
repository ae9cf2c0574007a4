import { expect } from "vitest";
import type { CheckResult } from "../../../infra/check/model/check.ts";
import type { Situation } from "../../support/broken-installation/index.ts";
import { progress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Lane } from "./lane.ts";
import { restartIotedged } from "./planting.ts";

/** Ends of `edgectl` that tell of something wrong, and not of a command that cannot be run. */
const tells: Readonly<Record<string, readonly number[]>> = {
  status: [0, 1],
  check: [0, 3],
  logs: [0, 1],
  rollout: [0, 1],
};

const up = "npx edgectl up";
export const isUp = (command: string) => command.startsWith(up);

/**
 * Breaks something, waits until it is named with its cause and its way out, runs the commands of the way out as they
 * stand, and waits until there is nothing to say any more.
 */
export async function tell(lane: Lane, situation: Situation<Lane>): Promise<void> {
  await lane.healthy();
  let isOver = false;
  try {
    await situation.plant(lane);
    const found = await findingOf(lane, situation);
    if (situation.undo === undefined) await runAll(lane, found.fix);
    else {
      await runAll(lane, found.fix, (command) => !isUp(command));
      await situation.undo(lane);
      await runAll(lane, found.fix, isUp);
    }
    if (!found.fix.includes(up)) await lane.up();
    await wellAgain(lane);
    isOver = true;
  } finally {
    // So that the next one finds an installation that is well.
    if (!isOver) {
      await situation.undo?.(lane).catch(() => {});
      await lane.up().catch((error: unknown) => progress(`${situation.name}: ${error}`));
    }
  }
}

/** Waits until there is nothing to say but of what was refused before, and makes an end of that. */
async function wellAgain(lane: Lane): Promise<void> {
  const rest = await waitFor(`nothing to say of ${lane.namespace}`, async () => {
    const all = await lane.findings();
    if (all.some(({ id }) => id !== "refusals")) throw new Error(JSON.stringify(all, null, 2));
    return all;
  });
  if (rest.length > 0) await restartIotedged(lane);
  await lane.healthy();
}

/** Waits until what is said of a lane has this in it. */
export async function findingOf(lane: Lane, situation: Situation<Lane>): Promise<CheckResult> {
  const { name, id, severity, message, component, cause, fix } = situation;
  let longest = 0;
  const found = await waitFor(
    `what is said where ${name}`,
    async () => {
      const begin = performance.now();
      const all = await lane.findings();
      longest = Math.max(longest, performance.now() - begin);
      const match = all.find(
        (one) =>
          one.id === id &&
          one.severity === severity &&
          message.test(one.message) &&
          (component ?? one.component) === one.component,
      );
      if (match === undefined) throw new Error(JSON.stringify(all, null, 2));
      return match;
    },
    60,
  );
  expect(found).toMatchObject({ docs: `docs/check.md#${id}`, ...(cause && { cause }) });
  expect(found.fix).toMatch(fix);
  expect(found.evidence).not.toBe("");
  progress(`${name}: ${id} within ${(longest / 1000).toFixed(1)} s: ${found.message}`);
  return found;
}

/** Commands of a way out that need nothing to be filled in. */
function commandsIn(fix: string): readonly string[] {
  const all = fix.match(/(?:npx edgectl|\S*kubectl) .+?(?=\. [A-Z]|; |, |\.$|$)/g) ?? [];
  return all.filter((command) => !/ [A-Z]{4,}\b|=[A-Z]{4,}\b/.test(command));
}

/** Runs the commands of a way out as they stand, in their order; each has to work. */
export async function runAll(lane: Lane, fix: string, isWanted = (_command: string) => true): Promise<void> {
  for (const command of commandsIn(fix).filter(isWanted)) {
    const { code, stderr } = await lane.run(command);
    const verb = /^npx edgectl (\w+)/.exec(command)?.[1] ?? "";
    expect(tells[verb] ?? [0], `${command}\n${stderr}`).toContain(code);
    expect(stderr, command).not.toContain("EDGE_CLI_USAGE");
  }
}
