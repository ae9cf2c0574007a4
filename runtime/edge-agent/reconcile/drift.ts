import type { KubernetesObject } from "#base";
import { differences } from "#shared";

/** Live objects that were compared, each with what it was compared with: an informer never changes an object in place. */
const compared = new WeakMap<
  KubernetesObject,
  { readonly desired: KubernetesObject; readonly drift: readonly string[] }
>();

/** `differences` of two objects, recalled when both are the ones of the last call. */
export function driftOf(desired: KubernetesObject, live: KubernetesObject): readonly string[] {
  const known = compared.get(live);
  if (known?.desired === desired) return known.drift;
  const drift = differences(desired, live);
  compared.set(live, { desired, drift });
  return drift;
}
