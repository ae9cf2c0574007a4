import { differences } from "#shared";
import type { ModuleObject } from "./action.ts";

/** Live objects that were compared, each with what it was compared with: an informer never changes an object in place. */
const compared = new WeakMap<ModuleObject, { readonly desired: ModuleObject; readonly drift: readonly string[] }>();

/** `differences` of two objects, recalled when both are the ones of the last call. */
export function driftOf(desired: ModuleObject, live: ModuleObject): readonly string[] {
  const known = compared.get(live);
  if (known?.desired === desired) return known.drift;
  const drift = differences(desired, live);
  compared.set(live, { desired, drift });
  return drift;
}
