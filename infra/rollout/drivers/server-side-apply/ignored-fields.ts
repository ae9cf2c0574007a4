import type { LiveObject } from "../../../kubernetes/index.ts";

/** What the API server keeps for itself, and what changes without anybody having applied something. */
const ownedByServer = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];
const controllerAnnotations = ["deployment.kubernetes.io/revision"];

/** The object without what no deployment decides: two results are equal when a deployment sees no difference. */
export function declaredPart(live: LiveObject): Readonly<Record<string, unknown>> {
  const { metadata, status: _, ...rest } = live;
  const kept = Object.entries(metadata).filter(([key]) => !ownedByServer.includes(key));
  const { annotations, ...others } = Object.fromEntries(kept) as { annotations?: Readonly<Record<string, string>> };
  const own = Object.entries(annotations ?? {}).filter(([key]) => !controllerAnnotations.includes(key));
  return { ...rest, metadata: { ...others, ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }) } };
}
