import type { Told } from "./events.ts";

/** What is known of the pull Secrets of a namespace, beside what its pods name. */
export interface PullSecrets {
  /** Those that the installation has its pods name. */
  readonly ofInstallation: readonly string[];
  /** Of those that a kubelet has looked for in vain: since when they are there; undefined where they are not. */
  readonly since: ReadonlyMap<string, string | undefined>;
}

/** As a sighting and an installation's state name what is not there. */
export function missingSecret(name: string): string {
  return `Secret ${name}`;
}

/** Where nobody has looked: then what the kubelet has said last holds. */
export const unknownPullSecrets: PullSecrets = { ofInstallation: [], since: new Map() };

/** Pull Secrets that the kubelet has looked for in vain. */
export function soughtInVain(told: readonly Told[]): readonly string[] {
  const names = told
    .filter(({ reason }) => reason === "FailedToRetrieveImagePullSecret")
    .flatMap(({ message }) => /pull secrets \(([^)]*)\)/.exec(message)?.[1]?.split(/[\s,]+/) ?? []);
  return [...new Set(names)].filter((name) => name !== "");
}

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
  { ofInstallation, since }: PullSecrets,
  tried: string | undefined,
): PullSecretState {
  const sought = soughtInVain(told);
  const wanted = [...new Set([...named, ...ofInstallation, ...sought])];
  const looked = wanted.filter((name) => since.has(name) && since.get(name) === undefined);
  const names = wanted.filter((name) => looked.includes(name) || (sought.includes(name) && !since.has(name)));
  if (names.length > 0) return { type: "missing", names, looked };
  const come = sought.find((name) => !(Date.parse(tried ?? "") > Date.parse(since.get(name) ?? "") + longestTry));
  if (come !== undefined) return { type: "come", name: come };
  const unnamed = ofInstallation.find((name) => !named.includes(name));
  return unnamed === undefined ? { type: "none" } : { type: "unnamed", name: unnamed };
}
