import type { Informer, KubernetesObject } from "#base";
import type { Effect } from "./execute.ts";
import { isTerminating } from "./observed.ts";

/** The informers of the kinds that EdgeAgent writes, by kind. */
export type WrittenKinds = ReadonlyMap<string, Informer<KubernetesObject>>;

/** Whether the informers show what was done. */
export function haveSeen(informers: WrittenKinds, effects: readonly Effect[]): boolean {
  return effects.every((effect) => effect.type === "failed" || shows(informers, effect));
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
