import type { Revision } from "../../model/index.ts";
import { type Artifacts, digestOf } from "../artifacts.ts";
import type { SealedStore } from "../sealed-store.ts";

/** Where a cluster's tag led to before a run moved it. */
export interface CapturedTag {
  readonly version: 1;
  readonly stack: string;
  /** Undefined where there was no such tag. */
  readonly digest?: string | undefined;
}

/** How a cluster's turn stands. */
export interface Turn {
  /** Where the tag led to when the turn began. */
  readonly found?: string | undefined;
  /** Where it has to lead for the cluster to be healthy: that of the run, or what was there where nothing changes. */
  readonly expected: string;
  /** How many events were taken from the cluster when its rollback began. */
  readonly rollbackSeq?: number | undefined;
}

/** What a run keeps of clusters of GitOps. */
export interface KeptTags extends Pick<Artifacts, "saveDesired" | "readDesired"> {
  saveCapture(cluster: string, captured: CapturedTag): Promise<Revision>;
  readCapture(revision: Revision): Promise<CapturedTag>;
  saveTurn(cluster: string, turn: Turn): Promise<void>;
  /** Undefined before the cluster's turn. */
  readTurn(cluster: string): Promise<Turn | undefined>;
}

export function keptTags(store: SealedStore, artifacts: Pick<Artifacts, "saveDesired" | "readDesired">): KeptTags {
  return {
    ...artifacts,
    saveCapture: (cluster, captured) => store.write(`previous/${cluster}-${digestOf(captured).slice(0, 12)}`, captured),
    readCapture: async ({ file, digest }) => (await store.read(file, digest)) as CapturedTag,
    saveTurn: async (cluster, turn) => void (await store.write(`turns/${cluster}`, turn)),
    readTurn: async (cluster) => (await store.read(`turns/${cluster}.sealed`).catch(ignoreMissing)) as Turn | undefined,
  };
}

function ignoreMissing(error: Error & { cause?: unknown }): undefined {
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
  throw error;
}
