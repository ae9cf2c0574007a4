import type {
  V1LabelSelector,
  V1NodeSelectorTerm,
  V1PodAffinityTerm,
  V1Toleration,
  V1TopologySpreadConstraint,
} from "@kubernetes/client-node";
import { labels, type ModulePolicy, objectNames } from "#contract";
import { nodeTermsOf, podTermsOf } from "./affinity-terms.ts";
import { fixed, say } from "./message.ts";
import type { PodOptions } from "./module-options.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Labels of nodes by which every module may choose: an image runs on no other. */
export const freeNodeLabels = ["kubernetes.io/arch", "kubernetes.io/os"] as const;
/** The label that a node has of its name; who may choose by it, may by the name itself. */
export const nodeNameLabel = "kubernetes.io/hostname";
/** Labels by which every module may have its pods spread or kept together: nodes of any cluster have them. */
export const freeTopologyKeys = [
  nodeNameLabel,
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
] as const;
/** Pods of the installation that are no module's, by the label of modules. */
export const runtimePods: readonly string[] = [objectNames.iotedged, objectNames.edgeAgent];
/** What pods of modules have in common, and no other pods of the installation have. */
export const modulePodLabel = { key: labels.component, value: "module" } as const;

/** Taints that Kubernetes gives to a node which it hears nothing of. */
export const lostNodeTaints: readonly string[] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** What a module says of where it runs, and before whom. */
export interface Placement {
  readonly scheduling: Pick<
    PodOptions,
    "nodeSelector" | "tolerations" | "affinity" | "topologySpreadConstraints" | "priorityClassName"
  >;
  /** Where `k8s-experimental` and `k8s-extensions` stand. */
  readonly paths: { readonly experimental: string; readonly extensions: string };
}

/** Refuses what lets a module run where others were to be alone, or instead of them. */
export function refusePlacement({ scheduling, paths }: Placement, policy: ModulePolicy, problems: Problems): void {
  const { nodeSelector = {}, tolerations = [], affinity = {}, priorityClassName } = scheduling;
  const { topologySpreadConstraints = [] } = scheduling;
  const context = { policy, problems };
  if (priorityClassName !== undefined && !policy.priorityClasses?.includes(priorityClassName)) {
    problems.forbid(
      pathOf(paths.extensions, "priorityClassName"),
      say`${shown(priorityClassName)} lets the module have other pods evicted, those of the runtime and of other namespaces too`,
      { field: "priorityClasses", name: priorityClassName },
    );
  }
  for (const [index, toleration] of tolerations.entries()) {
    refuseToleration(toleration, pathOf(pathOf(paths.extensions, "tolerations"), index), context);
  }
  for (const key of Object.keys(nodeSelector)) {
    refuseNodeLabel(key, pathOf(pathOf(paths.experimental, "nodeSelector"), key), context);
  }
  const atAffinity = pathOf(paths.extensions, "affinity");
  for (const { term, path } of nodeTermsOf(affinity, atAffinity)) refuseNodeTerm(term, path, context);
  for (const { term, path } of podTermsOf(affinity, atAffinity)) refusePodTerm(term, path, context);
  for (const [index, constraint] of topologySpreadConstraints.entries()) {
    refuseTopologyKey(constraint, pathOf(pathOf(paths.extensions, "topologySpreadConstraints"), index), context);
  }
}

interface Context {
  readonly policy: ModulePolicy;
  readonly problems: Problems;
}

function refuseToleration({ key }: V1Toleration, path: string, { policy, problems }: Context): void {
  if (!key) {
    problems.error(path, "tolerates whatever a node is kept free by", "Name the key of the taint.");
    return;
  }
  if (policy.tolerations?.includes(key)) return;
  problems.forbid(path, say`tolerates taint ${shown(key)}, by which nodes are kept for others`, {
    field: "tolerations",
    key,
  });
}

function refuseNodeLabel(key: string, path: string, { policy, problems }: Context): void {
  if ((freeNodeLabels as readonly string[]).includes(key) || policy.nodeLabels?.includes(key)) return;
  problems.forbid(path, say`chooses nodes by their label ${shown(key)}`, { field: "nodeLabels", key });
}

/** Pods go to nodes that have the label, whatever its value: to ask for it is to choose nodes. */
function refuseTopologyKey(
  { topologyKey }: Pick<V1TopologySpreadConstraint, "topologyKey">,
  path: string,
  context: Context,
): void {
  if ((freeTopologyKeys as readonly string[]).includes(topologyKey)) return;
  refuseNodeLabel(topologyKey, pathOf(path, "topologyKey"), context);
}

function refuseNodeTerm(
  { matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm,
  path: string,
  context: Context,
): void {
  for (const [index, { key }] of matchExpressions.entries()) {
    refuseNodeLabel(key, pathOf(pathOf(path, "matchExpressions"), index), context);
  }
  if (matchFields.length > 0) refuseNodeLabel(nodeNameLabel, pathOf(path, "matchFields"), context);
}

function refusePodTerm(term: V1PodAffinityTerm, path: string, context: Context): void {
  const { labelSelector } = term;
  const { problems } = context;
  refuseTopologyKey(term, path, context);
  if (labelSelector !== undefined && selectsModulesAlone(labelSelector)) return;
  problems.error(
    path,
    "may mean pods of iotedged and EdgeAgent, which the module would run beside or keep from running",
    say`Name the modules by label ${fixed(labels.module)}, or all of them by ${fixed(modulePodLabel.key)}: ${fixed(modulePodLabel.value)}.`,
  );
}

function selectsModulesAlone({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): boolean {
  const isOfModules = (key: string, values: readonly string[]) =>
    (key === modulePodLabel.key && values.every((value) => value === modulePodLabel.value)) ||
    (key === labels.module && !values.some((value) => runtimePods.includes(value)));
  return (
    Object.entries(matchLabels).some(([key, value]) => isOfModules(key, [value])) ||
    matchExpressions.some(({ key, operator, values = [] }) => operator === "In" && isOfModules(key, values))
  );
}
