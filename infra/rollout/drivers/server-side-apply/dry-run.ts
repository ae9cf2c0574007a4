import { fieldManagers } from "#contract";
import {
  type ApiResponse,
  describeRef,
  type LiveObject,
  type ObjectToApply,
  refOf,
} from "../../../kubernetes/index.ts";
import type { ClusterAccess } from "./open-access.ts";

/** A field that somebody else has set to another value since it was applied. */
export interface Conflict {
  readonly manager: string;
  readonly field: string;
}

export interface DryRun {
  /** The object as it would be. Undefined where its namespace does not exist yet. */
  readonly result: LiveObject | undefined;
  readonly conflicts: readonly Conflict[];
}

interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/**
 * Asks the API server what applying the object would come to, with all its admission and escalation checks, and which
 * fields it would take from others. Nothing is written.
 *
 * @throws EDGE_APPLY_FORBIDDEN, EDGE_APPLY_REJECTED
 */
export async function dryRun({ send, discovery, check }: ClusterAccess, object: ObjectToApply): Promise<DryRun> {
  const path = await discovery.itemPath(refOf(object));
  const request = (force: boolean) => ({
    method: "PATCH" as const,
    path,
    query: { fieldManager: fieldManagers.edgectl, dryRun: "All", force: String(force) },
    body: object,
    contentType: "application/apply-patch+yaml",
  });
  const polite = await send(request(false));
  const conflicts = polite.status === 409 ? conflictsOf(polite) : [];
  const answer = conflicts.length > 0 ? await send(request(true)) : polite;
  if (answer.status === 404) return { result: undefined, conflicts };
  check(answer, "apply", describeRef(refOf(object)));
  return { result: answer.body as LiveObject, conflicts };
}

function conflictsOf(response: ApiResponse): readonly Conflict[] {
  const causes: readonly StatusCause[] = response.body?.details?.causes ?? [];
  return causes
    .filter(({ reason }) => reason === "FieldManagerConflict")
    .map(({ message = "", field = "" }) => ({ manager: /"([^"]*)"/.exec(message)?.[1] ?? "somebody", field }));
}
