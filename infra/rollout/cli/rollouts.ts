import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { CommandContext } from "../../terminal/index.ts";
import { rolloutErrors } from "../errors.ts";
import { defaultFleetFile, loadFleet } from "../fleet/load-fleet.ts";
import { openJournalStore, runDirectory, unknownRun } from "../journal/journal-store.ts";
import type { Fleet, JournalStore } from "../model/index.ts";

/** Flags of a command about one rollout. */
export interface RunFlags {
  /** Default: the newest. */
  readonly run?: string;
  readonly json: boolean;
}

/** Where a project keeps its rollouts. */
export interface Rollouts {
  readonly directory: string;
  readonly store: JournalStore;
  /** Outside of the runs' folders, so that those can be passed on without it. */
  readonly keyFile: string;
  /** What Flux has reported, of clusters that nobody can reach. */
  readonly events: string;
  directoryOf(run: string): string;
  inboxOf(run: string): string;
  imagesOf(run: string): string;
}

export function openRollouts({ projectDirectory }: CommandContext): Rollouts {
  const edge = resolve(projectDirectory, ".edge");
  const directory = join(edge, "rollouts");
  const directoryOf = (run: string) => runDirectory(directory, run);
  return {
    directory,
    store: openJournalStore(directory),
    keyFile: join(edge, "rollouts.key"),
    events: join(edge, "rollout-events"),
    directoryOf,
    inboxOf: (run) => join(directoryOf(run), "inbox"),
    imagesOf: (run) => join(directoryOf(run), "images.json"),
  };
}

/**
 * The run that is asked for, or the newest.
 *
 * @throws EDGE_ROLLOUT_NO_RUN, EDGE_ROLLOUT_RUN_UNKNOWN
 */
export async function pickRun({ store, directory }: Rollouts, wanted: string | undefined): Promise<string> {
  const known = await store.list();
  const newest = known.at(-1);
  if (newest === undefined) throw rolloutErrors.EDGE_ROLLOUT_NO_RUN({ directory });
  if (wanted !== undefined && !known.includes(wanted)) throw unknownRun(wanted, known);
  return wanted ?? newest;
}

/** The fleet of the file; paths in it are relative to the project. */
export async function readFleet(
  { projectDirectory }: CommandContext,
  wanted: string | undefined,
): Promise<{ readonly fleet: Fleet; readonly file: string }> {
  const file = wanted ?? join(projectDirectory, defaultFleetFile);
  const fleet = await loadFleet(file);
  const clusters = fleet.clusters.map((cluster) => {
    const { context, kubeconfig } = cluster.target;
    const path = kubeconfig === undefined ? {} : { kubeconfig: resolve(projectDirectory, kubeconfig) };
    return { ...cluster, target: { context, ...path } };
  });
  return { fleet: { ...fleet, clusters }, file };
}

/** Who works on the rollout, for its journal. */
export function operatorName(env: NodeJS.ProcessEnv): string {
  return env.EDGE_OPERATOR || userInfo().username;
}
