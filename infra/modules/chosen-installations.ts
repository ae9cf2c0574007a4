import { findInstallations, namespacesOf, render, resolveTarget, type Target } from "../deploy/index.ts";
import { type Cluster, connect } from "../kubernetes/index.ts";
import type { CommandContext } from "../terminal/index.ts";
import { moduleErrors } from "./errors.ts";

/** Options that say which cluster, and which installations of it. */
export interface ChoiceFlags {
  readonly stack?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** The cluster that the options name, and the namespaces among which they choose; undefined: all that it has. */
export async function chooseCluster(flags: ChoiceFlags, context: CommandContext) {
  const target: Target = await resolveTarget(context.projectDirectory, flags);
  const { stack, namespace } = flags;
  if (namespace !== undefined) return { target, cluster: await connect(target), namespaces: [namespace] };
  if (stack === undefined) return { target, cluster: await connect(target), namespaces: undefined };
  const rendered = await render(context, stack, { preview: true, keptState: false, quiet: true });
  const namespaces = [...namespacesOf(rendered.map(({ object }) => object))].sort();
  return { target, cluster: await connect(target), namespaces };
}

/**
 * Namespaces of the installations that the options choose.
 *
 * @throws EDGE_MODULE_NO_INSTALLATION
 */
export async function chosenNamespaces(cluster: Cluster, chosen: readonly string[] | undefined) {
  const namespaces = chosen ?? [...(await findInstallations(cluster))].sort();
  if (namespaces.length === 0) throw moduleErrors.EDGE_MODULE_NO_INSTALLATION({ where: cluster.context });
  return namespaces;
}
