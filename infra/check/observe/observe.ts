import { EdgeError } from "#base";
import { known, type Observed, unknown } from "../model/observed.ts";

/** How an API server says that a right is missing. */
const refusal =
  /cannot (?<verb>\w+) resource "(?<resource>[^"]{1,200})" in API group "(?<group>[^"]{0,200})"(?: in the namespace "(?<namespace>[^"]{1,253})")?/;
const maxWhy = 300;

/** Looks at something. That it cannot be seen is an answer, too; that somebody pressed Ctrl-C is none. */
export async function observe<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<Observed<T>> {
  try {
    signal?.throwIfAborted();
    return known(await read());
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return isRefusal(error) ? unknown(whyOf(error)) : unknown(whyOf(error), lookAgain);
  }
}

const lookAgain = "See what `reachable` says, where it is not well; then look again.";

/** Whether other rights or credentials would help. */
function isRefusal(error: unknown): boolean {
  return error instanceof EdgeError && ["EDGE_APPLY_FORBIDDEN", "EDGE_APPLY_UNAUTHORIZED"].includes(error.code);
}

/** Why something could not be seen, in words that read on from "not known:". */
export function whyOf(error: unknown): string {
  if (!(error instanceof EdgeError)) return String((error as Error)?.message ?? error).slice(0, maxWhy);
  if (error.code === "EDGE_APPLY_UNAUTHORIZED") return "the API server does not take the credentials";
  if (error.code !== "EDGE_APPLY_FORBIDDEN") return error.message.slice(0, maxWhy);
  const { verb, resource, group, namespace } = refusal.exec(error.message)?.groups ?? {};
  if (verb === undefined) return `no right: ${error.message}`.slice(0, maxWhy);
  const kind = group === "" ? resource : `${resource}.${group}`;
  return `no right to ${verb} ${kind}${namespace === undefined ? "" : ` in ${namespace}`}`;
}
