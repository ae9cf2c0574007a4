import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Html } from "../../web-page/index.ts";
import { isCarriedOut } from "../lock/run-lock.ts";
import type { JournalStore, Run } from "../model/index.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { describeRun } from "../view/describe.ts";
import { reportBody } from "./build-report.ts";

/** A run in one line. */
export interface RolloutSummary {
  readonly run: string;
  readonly fleet: string;
  readonly revision: string;
  /** Where it stands, for people. */
  readonly standing: string;
  /** It has not ended, and no process carries it out. */
  readonly isLeft: boolean;
}

/** Reads runs again and again: a journal is read anew only when it has grown. */
export interface RunReader {
  /** The newest first. */
  list(): Promise<readonly RolloutSummary[]>;
  /** @throws EDGE_ROLLOUT_RUN_UNKNOWN, EDGE_ROLLOUT_JOURNAL_DAMAGED */
  report(run: string): Promise<Html>;
}

interface Read {
  /** Of the journal when it was read. */
  readonly version: string;
  readonly run: Run;
  readonly standing: string;
  readonly isOver: boolean;
  readonly body: Html;
}

/** What is known of more runs is forgotten, the oldest first. */
const maxKept = 100;

export function createRunReader(where: { readonly store: JournalStore; directoryOf(run: string): string }): RunReader {
  const kept = new Map<string, Read>();
  const { store, directoryOf } = where;

  async function read(id: string): Promise<Read> {
    const known = kept.get(id);
    const version = await versionOf(join(directoryOf(id), "journal.ndjson"));
    if (known !== undefined && known.version === version) return known;
    const { run, events } = await store.read(id);
    const { state } = new Scheduler(run, events);
    const standing = describeRun(state);
    const found = { version, run, standing, isOver: state.outcome !== undefined, body: reportBody(run, events) };
    kept.delete(id);
    kept.set(id, found);
    for (const oldest of [...kept.keys()].slice(0, -maxKept)) kept.delete(oldest);
    return found;
  }

  return {
    list: async () => {
      const summaries: RolloutSummary[] = [];
      for (const id of (await store.list()).toReversed()) {
        const { run, standing, isOver } = await read(id);
        const isLeft = !isOver && !(await isCarriedOut(directoryOf(id)));
        summaries.push({ run: id, fleet: run.fleet, revision: run.git.revision, standing, isLeft });
      }
      return summaries;
    },
    report: async (id) => (await read(id)).body,
  };
}

/** The store says what is wrong with a journal that is not there. */
async function versionOf(journal: string): Promise<string> {
  const { size, mtimeMs } = await stat(journal).catch(() => ({ size: -1, mtimeMs: 0 }));
  return `${size}/${mtimeMs}`;
}
