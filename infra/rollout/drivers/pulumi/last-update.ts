import type { UpdateSummary } from "@pulumi/pulumi/automation/index.js";

/** What a stack of Pulumi had before a run, so that it can be brought back. */
export interface CapturedUpdate {
  readonly version: 1;
  readonly stack: string;
  /** Undefined where there was no update yet: bringing that back means to destroy the stack. */
  readonly update?: {
    readonly number: number;
    /** Undefined where the update was made outside of git. */
    readonly revision: string | undefined;
    /** Whether the working tree had changes: then the revision is not what was deployed. */
    readonly dirty: boolean;
    /** The run that made it, where one did. */
    readonly run: string | undefined;
  };
}

const marker = /^edgectl rollout (?:back to update \d+|(\S{1,64}))$/;

/** The message of updates by which a later run finds this one, and its image references. */
export function updateMessage(run: string): string {
  return `edgectl rollout ${run}`;
}

/** The message of an update that brings back one which no run had made. */
export function returnMessage(update: number): string {
  return `edgectl rollout back to update ${update}`;
}

/**
 * Reads the newest update that succeeded and changed something. Pulumi records the git state of each update.
 *
 * @param history the newest first
 */
export function captureUpdate(stack: string, history: readonly UpdateSummary[]): CapturedUpdate {
  const last = history.find(({ kind, result }) => (kind === "update" || kind === "destroy") && result === "succeeded");
  if (last === undefined || last.kind === "destroy") return { version: 1, stack };
  const { version, environment, message } = last;
  const marked = marker.exec(message);
  return {
    version: 1,
    stack,
    update: {
      number: version,
      revision: environment["git.head"],
      // What edgectl deploys is a checkout of its own; links to the installed packages make git call that changed.
      dirty: marked === null && environment["git.dirty"] === "true",
      run: marked?.[1],
    },
  };
}
