import { mapConcurrently } from "#base";
import { labels, partOf } from "#contract";
import { type CommandContext, cleanLine, type ExitCode, exitCodes, showsUnicode } from "../../terminal/index.ts";
import { type ChoiceFlags, chooseCluster, chosenNamespaces } from "../chosen-installations.ts";
import { moduleErrors } from "../errors.ts";
import { asciiLines, formatTree, lines, treeOf } from "../tree.ts";

export interface TreeFlags extends ChoiceFlags {
  readonly json: boolean;
}

const labelSelector = `${labels.partOf}=${partOf}`;

/** `edgectl tree` */
export async function treeCommand(flags: TreeFlags, context: CommandContext): Promise<ExitCode> {
  const { cluster, namespaces } = await chooseCluster(flags, context);
  const chosen = await chosenNamespaces(cluster, namespaces);
  const trees = await mapConcurrently(chosen, async (namespace) => {
    const list = (apiVersion: string, kind: string) => cluster.list({ apiVersion, kind }, { namespace, labelSelector });
    const [deployments, jobs, pods] = await Promise.all([
      list("apps/v1", "Deployment"),
      list("batch/v1", "Job"),
      list("v1", "Pod"),
    ]);
    return treeOf({ namespace, deployments, jobs, pods });
  });
  if (trees.every(({ nodes }) => nodes.length === 0))
    throw moduleErrors.EDGE_MODULE_NO_INSTALLATION({ where: `namespace ${chosen.join(", ")} of ${cluster.context}` });
  if (flags.json) await context.output.json({ context: cluster.context, installations: trees });
  else {
    const branches = showsUnicode(context.env) ? lines : asciiLines;
    const text = trees.map((tree) => `${formatTree(tree, branches).map(cleanLine).join("\n")}\n`).join("\n");
    await context.output.write(text);
  }
  return exitCodes.done;
}
