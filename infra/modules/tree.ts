import { annotations, labels, systemModuleIds } from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";

/** An object of an installation, with what belongs to it below it. */
export interface TreeNode {
  readonly kind: string;
  readonly name: string;
  /** A module's id, where the node is the module's. */
  readonly module?: string;
  /** How it fares, or what it is used for, in a few words. */
  readonly state?: string;
  readonly nodes: readonly TreeNode[];
}

/** The objects of an installation's namespace, without what is in its Secrets. */
export interface TreeObjects {
  readonly namespace: string;
  readonly deployments: readonly LiveObject[];
  readonly jobs: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
}

/** An installation down to its pods, and to the account, the Secrets and the ConfigMaps that each workload names. */
export function treeOf({ namespace, deployments, jobs, pods }: TreeObjects): TreeNode {
  const [iotedged] = deployments.filter(({ metadata }) => metadata.name === "iotedged");
  const name = iotedged?.metadata.labels?.[labels.instance] ?? namespace;
  const workloads = [
    ...deployments.map((object) => workload("Deployment", object, pods)),
    ...jobs.map((object) => workload("Job", object, pods)),
  ];
  const state = name === namespace ? "" : `in namespace ${namespace}`;
  return { kind: "Installation", name, ...(state === "" ? {} : { state }), nodes: workloads.toSorted(byRank) };
}

/** The daemons come first, then modules by their ids. */
const daemons = ["iotedged", "edgeagent"];
function byRank(a: TreeNode, b: TreeNode): number {
  const [one = -1, other = -1] = [a, b].map(({ name, module }) => (module === undefined ? daemons.indexOf(name) : 2));
  return one - other || (a.module ?? a.name).localeCompare(b.module ?? b.name);
}

function workload(kind: "Deployment" | "Job", object: LiveObject, all: readonly LiveObject[]): TreeNode {
  const { metadata, spec, status } = object;
  const wanted = Object.entries<string>(spec?.selector?.matchLabels ?? {});
  const pods = all.filter(
    (pod) => wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  const module = metadata.annotations?.[annotations.moduleId];
  const state =
    kind === "Job"
      ? `${status?.succeeded ?? 0} of ${spec?.completions ?? 1} ended well`
      : `${status?.availableReplicas ?? 0} of ${spec?.replicas ?? 1} available`;
  const isOwn = module !== undefined && module !== systemModuleIds.edgeAgent;
  return {
    ...{ kind, name: metadata.name, ...(isOwn ? { module } : {}), state },
    nodes: [...pods.map(podNode).toSorted(byName), ...referencesOf(spec?.template?.spec ?? {})],
  };
}

const byName = (a: TreeNode, b: TreeNode) => a.name.localeCompare(b.name);

function podNode({ metadata, spec, status }: LiveObject): TreeNode {
  const all: readonly { readonly ready?: boolean; readonly restartCount?: number }[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const restarts = all.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const phase = metadata.deletionTimestamp === undefined ? (status?.phase ?? "Unknown") : "Terminating";
  const words = [
    phase,
    ...(restarts > 0 ? [`${restarts} restarts`] : []),
    spec?.nodeName === undefined ? "no node" : `on ${spec.nodeName}`,
  ];
  return { kind: "Pod", name: metadata.name, state: words.join(", "), nodes: [] };
}

interface Source {
  readonly name?: string;
  readonly secretName?: string;
  readonly claimName?: string;
}
interface Volume {
  readonly secret?: Source;
  readonly configMap?: Source;
  readonly persistentVolumeClaim?: Source;
  readonly projected?: { readonly sources?: readonly { readonly secret?: Source; readonly configMap?: Source }[] };
}
interface Container {
  readonly env?: readonly {
    readonly valueFrom?: { readonly secretKeyRef?: Source; readonly configMapKeyRef?: Source };
  }[];
  readonly envFrom?: readonly { readonly secretRef?: Source; readonly configMapRef?: Source }[];
}
interface PodSpec {
  readonly serviceAccountName?: string;
  readonly imagePullSecrets?: readonly Source[];
  readonly volumes?: readonly Volume[];
  readonly initContainers?: readonly Container[];
  readonly containers?: readonly Container[];
}

/** What a pod names, each once: whether it is there takes rights that nobody needs for a tree. */
function referencesOf(spec: PodSpec): readonly TreeNode[] {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const named: readonly (readonly [kind: string, name: string | undefined, use: string])[] = [
    ["ServiceAccount", spec.serviceAccountName, ""],
    ...(spec.imagePullSecrets ?? []).map(({ name }) => ["Secret", name, "fetches images"] as const),
    ...(spec.volumes ?? []).flatMap(({ secret, configMap, persistentVolumeClaim, projected }) => [
      ["Secret", secret?.secretName, "mounted"] as const,
      ["ConfigMap", configMap?.name, "mounted"] as const,
      ["PersistentVolumeClaim", persistentVolumeClaim?.claimName, "mounted"] as const,
      ...(projected?.sources ?? []).flatMap((source) => [
        ["Secret", source.secret?.name, "mounted"] as const,
        ["ConfigMap", source.configMap?.name, "mounted"] as const,
      ]),
    ]),
    ...containers.flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => [
        ["Secret", valueFrom?.secretKeyRef?.name, "environment"] as const,
        ["ConfigMap", valueFrom?.configMapKeyRef?.name, "environment"] as const,
      ]),
      ...envFrom.flatMap(({ secretRef, configMapRef }) => [
        ["Secret", secretRef?.name, "environment"] as const,
        ["ConfigMap", configMapRef?.name, "environment"] as const,
      ]),
    ]),
  ];
  const found = new Map<string, TreeNode>();
  for (const [kind, name, use] of named) {
    const key = `${kind} ${name}`;
    if (name === undefined || found.has(key)) continue;
    found.set(key, { kind, name, ...(use === "" ? {} : { state: use }), nodes: [] });
  }
  return [...found.values()];
}

/** What draws the branches. */
export interface Branches {
  readonly more: string;
  readonly last: string;
  readonly through: string;
}
export const lines: Branches = { more: "├─ ", last: "└─ ", through: "│  " };
export const asciiLines: Branches = { more: "|- ", last: "`- ", through: "|  " };

/** A tree as people read it, one line for each object. */
export function formatTree(root: TreeNode, branches: Branches): readonly string[] {
  return [labelOf(root), ...below(root.nodes, branches)];
}

function below(nodes: readonly TreeNode[], branches: Branches): readonly string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const [own, rest] = isLast ? [branches.last, "   "] : [branches.more, branches.through];
    return [own + labelOf(node), ...below(node.nodes, branches).map((line) => rest + line)];
  });
}

function labelOf({ kind, name, module, state }: TreeNode): string {
  const what = module === undefined ? `${kind} ${name}` : `module ${module}: ${kind} ${name}`;
  return state === undefined ? what : `${what} (${state})`;
}
