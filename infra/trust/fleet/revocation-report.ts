import { failureOf, formatTable, reportError } from "../../terminal/index.ts";
import type { Blocker } from "../blockers.ts";
import { formatBlockers } from "../rotation.ts";

/** How the revocation of a root stands in a cluster. */
export type Standing =
  /** Nobody trusts it any more, and nothing below it is in use. */
  | { readonly state: "gone" }
  /** There is no root of that id. */
  | { readonly state: "absent" }
  /** It is out of the bundle, and not everybody has followed yet. */
  | { readonly state: "leaving"; readonly left: readonly Blocker[]; readonly error?: unknown }
  /** It is in the bundle, as far as is known. */
  | { readonly state: "trusted"; readonly error: unknown }
  /** The stack's file has it, and no wave takes the cluster, so nothing was done. */
  | { readonly state: "left out" };

export interface ClusterStanding {
  readonly cluster: string;
  /** Undefined where no wave takes the cluster. */
  readonly wave: string | undefined;
  readonly standing: Standing;
}

const words: Readonly<Record<Standing["state"], string>> = {
  gone: "gone",
  absent: "not there",
  leaving: "out of the bundle, not followed by all",
  trusted: "still trusted",
  "left out": "still trusted",
};

/** Whether nothing is left to do anywhere. */
export function isRevoked(all: readonly ClusterStanding[]): boolean {
  return all.every(({ standing: { state } }) => state === "gone" || state === "absent");
}

/** For people: every cluster, then who still trusts the root and why, then who has not followed. */
export function formatRevocation(root: string, all: readonly ClusterStanding[]): string {
  const rows = all.map(({ cluster, wave = "-", standing }) => [cluster, wave, words[standing.state]]);
  const trusting = all.filter(({ standing: { state } }) => state === "trusted" || state === "left out");
  const names = trusting.map(({ cluster }) => cluster).join(", ");
  const again = "Put right what is below, and run the same command again: what is done stays done.";
  return [
    formatTable(["CLUSTER", "WAVE", `ROOT ${root}`], rows),
    trusting.length === 0 ? "" : `\nStill trust ${root}: ${names}. ${again}\n`,
    ...all.map(({ cluster, standing }) => formatRest(cluster, root, standing)),
  ].join("");
}

function formatRest(cluster: string, root: string, standing: Standing): string {
  if (standing.state === "left out") {
    return `\n${cluster}: no wave takes it. Use \`edgectl trust revoke-root ${root} --stack\` with its stack.\n`;
  }
  const error = "error" in standing && standing.error !== undefined ? `${cluster}: ${textOf(standing.error)}` : "";
  if (standing.state !== "leaving") return error === "" ? "" : `\n${error}`;
  const out = `\n${cluster}: ${root} is out of the bundle; `;
  if (error !== "") return `${out}who has followed is not known\n${error}`;
  return `${out}still broken:\n${formatBlockers(standing.left)}\n`;
}

function textOf(error: unknown): string {
  return reportError(error, { json: false, debug: false }).text;
}

/** What docs/trust.md promises of `--json`. */
export function revocationAsJson(root: string, run: string, all: readonly ClusterStanding[]): object {
  return { run, root, clusters: all.map(standingAsJson) };
}

function standingAsJson({ cluster, wave, standing }: ClusterStanding): object {
  const failure = "error" in standing && standing.error !== undefined ? failureOf(standing.error) : undefined;
  const left = standing.state === "leaving" ? standing.left.map(blockerAsJson) : undefined;
  return { cluster, wave, state: standing.state, left, failure };
}

function blockerAsJson({ id, namespace, pod, message, fix }: Blocker): object {
  return { id, namespace, pod, message, fix };
}
