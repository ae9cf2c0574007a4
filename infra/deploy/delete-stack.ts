import { EdgeError, mapConcurrently, type Timer, waitFor } from "#base";
import { componentSelector, fieldManagers, labels, objectNames, partOf } from "#contract";
import { type Cluster, describeRef, type Kind, type LiveObject, refOf } from "../kubernetes/index.ts";
import { compareObjects } from "../render/index.ts";
import {
  applySetKeys,
  isOwnParent,
  type ParentRef,
  parentOf,
  rolloutLeaseOf,
  type Scope,
  scopeOfParent,
} from "./applyset.ts";
import { deployErrors } from "./errors.ts";
import { listMembers } from "./members.ts";

export interface DeleteOptions {
  readonly stack: string;
  readonly recordNamespace?: string | undefined;
  /**
   * Seconds to wait for each stage.
   * @default 180
   */
  readonly timeout?: number | undefined;
  readonly progress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timer?: Timer | undefined;
}

const deployment: Kind = { apiVersion: "apps/v1", kind: "Deployment" };
const pod: Kind = { apiVersion: "v1", kind: "Pod" };

/** Kinds of what iotedged and EdgeAgent make at run time. */
const runtimeKinds: readonly Kind[] = [
  deployment,
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "ConfigMap" },
];

/** Where to look when the record is gone but objects may be left. */
const usualKinds: Scope = {
  groupKinds: new Set([
    "ClusterRole.rbac.authorization.k8s.io",
    "ClusterRoleBinding.rbac.authorization.k8s.io",
    "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io",
    "ConfigMap",
    "Deployment.apps",
    "Namespace",
    "NetworkPolicy.networking.k8s.io",
    "PodDisruptionBudget.policy",
    "PodMonitor.monitoring.coreos.com",
    "PrometheusRule.monitoring.coreos.com",
    "Role.rbac.authorization.k8s.io",
    "RoleBinding.rbac.authorization.k8s.io",
    "Secret",
    "Service",
    "ServiceAccount",
  ]),
  namespaces: new Set(),
};

/**
 * Deletes all that the stack has deployed, and all that its installations made at run time, and waits until it is
 * gone. What runs goes before its permissions, so that nothing is refused on its way out. Repeating it is harmless.
 *
 * @returns how many declared objects were deleted
 */
export async function deleteStack(cluster: Cluster, options: DeleteOptions): Promise<number> {
  const progress = options.progress ?? (() => {});
  const parent = parentOf(options.stack, options.recordNamespace);
  const record = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", ...parent });
  const own = record !== undefined && isOwnParent(record, parent) ? record : undefined;
  const scope = own === undefined ? usualKinds : scopeOfParent(own);
  const members = await listMembers(cluster, parent, scope);
  const wait = waiter(options);
  const installations = members.filter(isInstallation);
  await mapConcurrently(installations, (account) => stopInstallation(cluster, account, wait, progress));
  if (members.length > 0) progress(`deleting ${members.length} objects`);
  for (const object of members.toSorted((a, b) => compareObjects(b, a))) await cluster.delete(object, "Background");
  await wait(async () => listMembers(cluster, parent, scope));
  if (own !== undefined) await cluster.delete(own, "Background");
  // Rollouts lock a stack where every stack has its record, and there alone.
  if (options.recordNamespace === undefined) await deleteFreeLease(cluster, parent);
  return members.length;
}

/** What a rollout left that was not allowed to delete it, or was made by an earlier version. One that is held stays. */
async function deleteFreeLease(cluster: Cluster, parent: ParentRef): Promise<void> {
  try {
    const lease = await cluster.get({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...rolloutLeaseOf(parent) });
    const { holderIdentity } = (lease?.spec ?? {}) as { readonly holderIdentity?: string | null };
    if (lease !== undefined && !holderIdentity) await cluster.delete(lease, "Background");
  } catch (error) {
    // It is in nobody's way: rights that nothing else here needs are not asked for because of it.
    if (!(error instanceof EdgeError) || error.code !== "EDGE_APPLY_FORBIDDEN") throw error;
  }
}

/** Waits until `look` finds nothing any more. */
type WaitUntilGone = (look: () => Promise<readonly LiveObject[]>) => Promise<void>;

function waiter(options: DeleteOptions): WaitUntilGone {
  const timeout = options.timeout ?? 180;
  return async (look) => {
    let left: readonly LiveObject[] = [];
    const gone = await waitFor(
      async () => {
        left = await look();
        return left.length === 0 ? true : undefined;
      },
      { timer: options.timer, timeout, signal: options.signal },
    );
    if (gone) return;
    const objects = left.map(describeHeld).join(", ");
    throw deployErrors.EDGE_APPLY_NOT_GONE({ seconds: timeout, objects });
  };
}

/** With the finalizers that keep it, and with whom it is made by again. */
function describeHeld(object: LiveObject): string {
  const { finalizers = [], ownerReferences = [] } = object.metadata;
  const by = ownerReferences.filter(({ controller }) => controller).map(({ kind, name }) => `made by ${kind} ${name}`);
  const held = [...(finalizers.length === 0 ? [] : [`held by ${finalizers.join(" and ")}`]), ...by];
  const what = describeRef(refOf(object));
  return held.length === 0 ? what : `${what} (${held.join(", ")})`;
}

/** ServiceAccount `iotedged` owns what the installation makes at run time. */
function isInstallation({ kind, metadata }: LiveObject): boolean {
  return kind === "ServiceAccount" && metadata.name === objectNames.iotedged;
}

async function stopInstallation(
  cluster: Cluster,
  account: LiveObject,
  wait: WaitUntilGone,
  progress: (line: string) => void,
): Promise<void> {
  const { namespace = "" } = account.metadata;
  const instance = account.metadata.labels?.[labels.instance];
  progress(`stopping installation in namespace ${namespace}`);
  await stop(cluster, namespace, objectNames.iotedged, instance, wait);
  await stop(cluster, namespace, objectNames.edgeAgent, instance, wait);
  const owned = () => madeObjects(cluster, account);
  const made = await owned();
  if (made.length > 0) progress(`deleting ${made.length} objects that the installation made`);
  await mapConcurrently(made, (object) => cluster.delete(object, "Background"));
  await wait(async () => [...(await owned()), ...(await installationPods(cluster, namespace, instance))]);
}

/** Deletes one of the two daemons and waits for its pods, so that it does not make again what is deleted next. */
async function stop(
  cluster: Cluster,
  namespace: string,
  name: "iotedged" | "edgeagent",
  instance: string | undefined,
  wait: WaitUntilGone,
): Promise<void> {
  const live = await cluster.get({ ...deployment, namespace, name });
  if (live === undefined || live.metadata.labels?.[labels.partOf] !== partOf) return;
  await cluster.delete(live, "Background");
  const labelSelector = selector(componentSelector(name, instance ?? ""));
  await wait(async () => {
    const again = await cluster.get({ ...deployment, namespace, name });
    const pods = await cluster.list(pod, { namespace, labelSelector });
    return again?.metadata.uid === live.metadata.uid ? [again, ...pods] : pods;
  });
}

/** What the installation owns, and what EdgeAgent's marks are on: who had its token may have left out the owner. */
async function madeObjects(cluster: Cluster, account: LiveObject): Promise<readonly LiveObject[]> {
  const { namespace, uid, labels: { [labels.instance]: instance } = {} } = account.metadata;
  const isMarked = ({ metadata }: LiveObject) =>
    instance !== undefined &&
    metadata.labels?.[labels.instance] === instance &&
    metadata.labels[labels.managedBy] === fieldManagers.edgeAgent;
  const found = await mapConcurrently(runtimeKinds, (kind) => cluster.list(kind, { namespace }));
  return found
    .flat()
    .filter(({ metadata }) => metadata.labels?.[applySetKeys.partOf] === undefined)
    .filter(
      (object) => isMarked(object) || object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true,
    );
}

function installationPods(cluster: Cluster, namespace: string, instance: string | undefined) {
  const wanted = { [labels.partOf]: partOf, ...(instance === undefined ? {} : { [labels.instance]: instance }) };
  return cluster.list(pod, { namespace, labelSelector: selector(wanted) });
}

function selector(wanted: Readonly<Record<string, string>>): string {
  return Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
