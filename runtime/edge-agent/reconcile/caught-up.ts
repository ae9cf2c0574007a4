import type { Clock, Informer, KubernetesObject } from "#base";
import type { Effect } from "./execute.ts";
import { isTerminating } from "./observed.ts";

/** Longest wait for the informers: a write may be undone before they see it. */
const maxWait = 5000;

/** The informers of the kinds that EdgeAgent writes, by kind. */
export type WrittenKinds = ReadonlyMap<string, Informer<KubernetesObject>>;

/** Waits until the informers show what was just written, so that the next decision does not rest on an older state. */
export async function caughtUp(effects: readonly Effect[], informers: WrittenKinds, clock: Clock): Promise<void> {
  const isSeen = () => effects.every((effect) => effect.type === "failed" || shows(informers, effect));
  if (isSeen()) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      cancel();
      for (const unsubscribe of subscriptions) unsubscribe();
      resolve();
    };
    const cancel = clock.after(maxWait, end);
    const subscriptions = [...informers.values()].map((informer) => informer.onChange(() => isSeen() && end()));
  });
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
