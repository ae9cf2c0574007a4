import { kubectlCommand } from "../kubernetes/index.ts";
import { commandLine } from "../terminal/index.ts";
import type { Hints } from "./findings/finding.ts";
import type { Target } from "./target.ts";

/** What a command was called with, as far as commands that it prints have to repeat it. */
export interface CalledWith {
  readonly stack?: string | undefined;
  readonly projectOptions?: readonly string[] | undefined;
}

/** Options of edgectl that name the same cluster again; none for the local one, which it finds by itself. */
export function clusterOptions({ kind, context, kubeconfig }: Target): readonly string[] {
  if (kind === "local") return [];
  return ["--context", context, ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig])];
}

/** Commands for what runs in the target's cluster. */
export function hintsFor(target: Target, { stack, projectOptions = [] }: CalledWith): Hints {
  const cluster = clusterOptions(target);
  return {
    logs: (module, namespace, previous) =>
      commandLine(["logs", module, ...(previous ? ["--previous"] : []), "-n", namespace, ...cluster]),
    restart: (module, namespace) => commandLine(["restart", module, "-n", namespace, ...cluster]),
    up:
      stack === undefined
        ? "deploy the stack again"
        : commandLine(["up", "--stack", stack, ...cluster, ...projectOptions]),
    kubectl: kubectlCommand(target, target.kubectl),
    edgectl: (words) => commandLine([...words, ...cluster, ...projectOptions]),
  };
}
