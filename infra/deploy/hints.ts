import { shellWord } from "#base";
import { kubectlCommand, type LiveObject } from "../kubernetes/index.ts";
import { type ClusterWords, commandLine } from "../terminal/index.ts";
import { deployerOf } from "./deployer.ts";
import type { Hints } from "./findings/finding.ts";
import { type ProjectStack, readProjectStacks } from "./project-stacks.ts";
import type { Target } from "./target.ts";

/** Options of edgectl that name the same cluster again; none for the local one, which it finds by itself. */
export function clusterOptions({ kind, context, kubeconfig }: Target): ClusterWords {
  if (kind === "local") return [];
  return ["--context", context, ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig])];
}

/**
 * Commands for what runs in the target's cluster.
 *
 * @param stack that has deployed it; undefined where nobody has said
 * @param stacks of the project, among which it is looked for then; where it is none of them, a blank is left
 */
export function hintsFor(target: Target, stack: string | undefined, stacks: readonly ProjectStack[] = []): Hints {
  const cluster = clusterOptions(target);
  const kubectl = kubectlCommand(target);
  const up = (name: string | undefined) => commandLine(["up", "--stack", name ?? "STACK"], cluster);
  const hints: Hints = {
    logs: (module, namespace, previous) =>
      ofModule("logs", module, [...(previous ? ["--previous"] : []), "-n", namespace], cluster),
    restart: (module, namespace) => ofModule("restart", module, ["-n", namespace], cluster),
    up: up(stack),
    kubectl,
    edgectl: (words) => commandLine(words, cluster),
    of: (object) => ({ ...hints, up: byGitOps(object, kubectl) ?? up(stack ?? stackOf(object, stacks)) }),
  };
  return hints;
}

/** A command about a module, whose id may begin with a dash, as an option does. */
function ofModule(command: string, module: string, options: readonly string[], cluster: ClusterWords): string {
  return module.startsWith("-")
    ? commandLine([command, ...options], [...cluster, "--", module])
    : commandLine([command, module, ...options], cluster);
}

/** The same, with the stack looked for in the project where nobody has said one. */
export async function hintsWithin(projectDirectory: string, target: Target, stack: string | undefined): Promise<Hints> {
  return hintsFor(target, stack, stack === undefined ? await readProjectStacks(projectDirectory, target) : []);
}

/** How what is in a repository comes into the cluster; undefined where no repository says what is deployed. */
function byGitOps(object: LiveObject | undefined, kubectl: string): string | undefined {
  const deployer = object && deployerOf(object);
  const first = "once what has changed in the stack is rendered and committed";
  if (deployer?.by === "flux") {
    const { name, namespace } = deployer;
    const which = ["kustomizations.kustomize.toolkit.fluxcd.io", name, "-n", namespace].map(shellWord).join(" ");
    return `by Flux, ${first}: ${kubectl} annotate --overwrite ${which} "reconcile.fluxcd.io/requestedAt=$(date +%s)"`;
  }
  if (deployer?.by === "argo-cd") return `by Argo CD, ${first}: argocd app sync ${shellWord(deployer.application)}`;
  return undefined;
}

/** Name of the project's stack that has deployed the object. */
function stackOf(object: LiveObject | undefined, stacks: readonly ProjectStack[]): string | undefined {
  const deployer = object && deployerOf(object);
  const namespace = object?.metadata.namespace ?? "";
  // Another project may have a stack of the same name.
  const own = stacks.filter(({ namespaces }) => namespaces?.includes(namespace) ?? deployer?.by === "edgectl");
  if (deployer?.by === "edgectl") return own.find(({ applySet }) => applySet === deployer.applySet)?.name;
  // Pulumi writes the name of its stack nowhere.
  return deployer?.by === "pulumi" && own.length === 1 ? own[0]?.name : undefined;
}
