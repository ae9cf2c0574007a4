import { join } from "node:path";
import { openJournalStore } from "../../../infra/rollout/journal/journal-store.ts";
import type { Event } from "../../../infra/rollout/model/event.ts";
import { failed, Play } from "../../../infra/rollout/scheduler/test/play.ts";
import { sampleRun, sampleWave } from "../../../infra/rollout/scheduler/test/sample-run.ts";

export const sampleRunId = "20261123-021500-0001";

/** A run of two waves in a project's folder, whose journal can be continued. */
export async function writeRollout(project: string) {
  const start = Date.UTC(2026, 10, 23, 2, 15);
  const waves = [
    sampleWave("canary", ["lab"], { canary: true }),
    sampleWave("rest", ["linz-1", "lyon-1"], { maxFailures: 1 }),
  ];
  const run = sampleRun(waves, { id: sampleRunId, createdAt: start });
  const { events } = new Play(run, { "linz-1": { apply: failed }, "lyon-1": { apply: failed } }).go();
  const at = (event: Event, index: number): Event => ({ ...event, at: start + index * 4000 });
  const dated = events.map(at);
  const store = openJournalStore(join(project, ".edge", "rollouts"));
  await using journal = await store.create(run);
  const half = Math.floor(dated.length / 2);
  await journal.append(...dated.slice(0, half));
  return {
    run,
    events: dated,
    /** Writes what happens after that. */
    goOn: async () => {
      await using more = await store.open(run.id);
      await more.append(...dated.slice(half));
    },
  };
}
