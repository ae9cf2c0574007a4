import type { ClusterState } from "../model/index.ts";

/** One reason for which clusters failed. */
export interface CommonFailure {
  readonly code: string;
  /** As the first of the clusters has it. */
  readonly message: string;
  readonly remedy: string;
  readonly step: string;
  readonly clusters: readonly string[];
}

/** What tells pods and replica sets of one Deployment apart; in the text of a reason it is chance. */
const podSuffix = /(?<=[a-z0-9])-[0-9a-f]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g;
const times = /\b\d+(?:\.\d+)? ?(?:ms|s|m|min|h)\b/g;

/** Why clusters failed, each reason once: what is the same but for names of clusters and pods is one. */
export function commonFailures(clusters: Iterable<ClusterState>): readonly CommonFailure[] {
  const found = new Map<string, CommonFailure>();
  for (const { name, phase, failure, failedIn } of clusters) {
    if (phase !== "failed" || failure === undefined) continue;
    const { code, message, remedy } = failure;
    const step = failedIn ?? "an unknown step";
    const key = JSON.stringify([code, step, reasonOf(message, name)]);
    const known = found.get(key) ?? { code, message, remedy, step, clusters: [] };
    found.set(key, { ...known, clusters: [...known.clusters, name] });
  }
  return [...found.values()].toSorted((a, b) => b.clusters.length - a.clusters.length);
}

function reasonOf(message: string, cluster: string): string {
  const isWord = new RegExp(`(?<![\\w-])${escaped(cluster)}(?![\\w-])`, "g");
  return message.replace(isWord, "*").replace(podSuffix, "-*").replace(times, "*");
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
