import type { Informer, KubernetesObject } from "#base";
import type { Effect } from "./execute.ts";
import { isTerminating } from "./observed.ts";

/** The informers of the kinds that EdgeAgent writes, by kind. */
export type WrittenKinds = ReadonlyMap<string, Informer<KubernetesObject>>;

/**
 * A function that answers whether the informers have shown what was done. It is asked at each of their events, so that it
 * looks at no effect again that was seen once. The last one is looked at first, since it mostly comes last.
 */
export function watchEffects(informers: WrittenKinds, effects: readonly Effect[]): () => boolean {
  const waiting = effects.filter((effect) => effect.type === "done");
  return () => {
    for (let last = waiting.at(-1); last !== undefined && shows(informers, last); last = waiting.at(-1)) waiting.pop();
    return waiting.length === 0;
  };
}

function shows(informers: WrittenKinds, { action, object }: Effect & { type: "done" }): boolean {
  const seen = informers.get(object.kind)?.get(object.metadata.name);
  if (action.type === "remove") return seen === undefined || isTerminating(seen) || isOtherThan(seen, object);
  return seen !== undefined && versionOf(seen) >= versionOf(object);
}

function isOtherThan(seen: KubernetesObject, object: KubernetesObject): boolean {
  return seen.metadata.uid !== object.metadata.uid;
}

/** Resource versions of one kind are numbers that grow. */
function versionOf(object: KubernetesObject): number {
  return Number(object.metadata.resourceVersion);
}
