import { kubectlCommand } from "../kubernetes/index.ts";
import { type ClusterWords, commandLine } from "../terminal/index.ts";
import type { Hints } from "./findings/finding.ts";
import type { Target } from "./target.ts";

/** Options of edgectl that name the same cluster again; none for the local one, which it finds by itself. */
export function clusterOptions({ kind, context, kubeconfig }: Target): ClusterWords {
  if (kind === "local") return [];
  return ["--context", context, ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig])];
}

/**
 * Commands for what runs in the target's cluster.
 *
 * @param stack that has deployed it; undefined where nobody has said, which leaves a blank in commands that need it
 */
export function hintsFor(target: Target, stack: string | undefined): Hints {
  const cluster = clusterOptions(target);
  return {
    logs: (module, namespace, previous) =>
      commandLine(["logs", module, ...(previous ? ["--previous"] : []), "-n", namespace], cluster),
    restart: (module, namespace) => commandLine(["restart", module, "-n", namespace], cluster),
    up: commandLine(["up", "--stack", stack ?? "STACK"], cluster),
    kubectl: kubectlCommand(target),
    edgectl: (words) => commandLine(words, cluster),
  };
}
