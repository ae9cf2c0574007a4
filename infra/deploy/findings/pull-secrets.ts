import type { Told } from "./events.ts";
import { type SoughtObjects, soughtPullSecrets } from "./sought-objects.ts";

/** What a pod lacks whose registry has refused it. */
export type PullSecretState =
  /** Pull Secrets that do not exist, and those of them that were looked for just now. */
  | { readonly type: "missing"; readonly names: readonly string[]; readonly looked: readonly string[] }
  /** One that has come after the kubelet has tried, or may have: it tries again. */
  | { readonly type: "come"; readonly name: string }
  /** The installation has pods name it, and this one is of before. */
  | { readonly type: "unnamed"; readonly name: string }
  | { readonly type: "none" };

/** Longer than a pull that is refused takes: one that has ended within it may have begun without the Secret. */
const longestTry = 10_000;

/** @param tried when the last try has ended, as the API writes times */
export function pullSecretState(
  named: readonly string[],
  told: readonly Told[],
  { ofInstallation, since }: SoughtObjects,
  tried: string | undefined,
): PullSecretState {
  const sought = soughtPullSecrets(told);
  const wanted = [...new Set([...named, ...ofInstallation, ...sought])];
  const looked = wanted.filter((name) => since.has(name) && since.get(name) === undefined);
  const names = wanted.filter((name) => looked.includes(name) || (sought.includes(name) && !since.has(name)));
  if (names.length > 0) return { type: "missing", names, looked };
  const come = sought.find((name) => !(Date.parse(tried ?? "") > Date.parse(since.get(name) ?? "") + longestTry));
  if (come !== undefined) return { type: "come", name: come };
  const unnamed = ofInstallation.find((name) => !named.includes(name));
  return unnamed === undefined ? { type: "none" } : { type: "unnamed", name: unnamed };
}
