import { fieldManagers } from "#contract";
import type { LiveObject } from "../../../kubernetes/index.ts";
import { compareObjects } from "../../../render/index.ts";
import type { CapturedState } from "../artifacts.ts";
import { extractApplied } from "./extract-applied.ts";

/**
 * What edgectl had applied of the stack, taken from the live objects. What others have added to them is theirs: bringing
 * this state back leaves it alone.
 */
export function captureState(stack: string, deployed: boolean, live: readonly LiveObject[]): CapturedState {
  const objects = live.map((object) => extractApplied(object, fieldManagers.edgectl));
  return { version: 1, stack, deployed, objects: objects.toSorted(compareObjects) };
}
