import type { KubernetesObject } from "#base";
import { differences } from "#shared";

/** The last comparison of each live object. It stays right because an informer never changes an object in place. */
const compared = new WeakMap<
  KubernetesObject,
  { readonly desired: KubernetesObject; readonly drift: readonly string[] }
>();

/** `differences` of two objects; kept from the last call if that compared the same two. */
export function driftOf(desired: KubernetesObject, live: KubernetesObject): readonly string[] {
  const known = compared.get(live);
  if (known?.desired === desired) return known.drift;
  const drift = differences(desired, live);
  compared.set(live, { desired, drift });
  return drift;
}
