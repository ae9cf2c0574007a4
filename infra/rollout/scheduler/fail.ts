import type { EdgeError } from "#base";
import type { Failure } from "../model/outcome.ts";
import type { FailedStep } from "../model/state.ts";
import { type Draft, stop, tell, update } from "./draft.ts";

/** The cluster has failed in this attempt. */
export function fail(draft: Draft, name: string, failedIn: FailedStep, failure: Failure): void {
  stop(draft, name);
  update(draft, name, { phase: "failed", failedIn, failure });
  const wave = draft.waves[draft.clusters.get(name)?.wave ?? 0]?.name ?? "";
  tell(draft, "clusterFailed", failure.message, { cluster: name, wave });
}

/** An error as a journal and a state keep it. */
export function failureOf({ code, message, remedy }: EdgeError): Failure {
  return { code, message, remedy };
}
