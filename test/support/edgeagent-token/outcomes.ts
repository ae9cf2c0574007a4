import type { ApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { kindOf, namespacedPath } from "../../../runtime/shared/kubernetes/kinds.ts";
import { type Attempt, attempts, type Originals } from "./attempts.ts";

/** What came of one attempt: `taken`, or why the API server said no. */
export interface Outcome {
  readonly what: string;
  readonly outcome: string;
}

/** What the API server says to each attempt; nothing is kept. */
export async function outcomes(client: ApiClient, originals: Originals): Promise<readonly Outcome[]> {
  const results: Outcome[] = [];
  for (const attempt of attempts(originals)) {
    const message = await refusal(() => tried(client, originals.namespace, attempt));
    const [, reason] = /\(\d{3}\): (.*?)(?: \(admission policy [^)]*\))?$/.exec(message ?? "") ?? [];
    results.push({ what: attempt.what, outcome: message === undefined ? "taken" : (reason ?? message) });
  }
  return results;
}

/** @param query `dryRun`, unless what is tried is to stay */
export function tried(
  client: ApiClient,
  namespace: string,
  { verb, object }: Attempt,
  query: Readonly<Record<string, string>> = { dryRun: "All" },
): Promise<unknown> {
  const path = namespacedPath(kindOf(object), namespace, object.metadata.name);
  if (verb === "delete") return client.call({ verb, path, query: { ...query, propagationPolicy: "Background" } });
  return client.call({
    verb: "patch",
    path,
    query: { ...query, fieldManager: "edgeagent", force: "true" },
    body: object,
    contentType: "application/apply-patch+yaml",
  });
}

/** Why the API server refuses; undefined when it does not. */
export async function refusal(request: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
