import type { Cluster, LiveObject } from "../../../infra/kubernetes/kubernetes-types.ts";

/** An installation in which something is broken on purpose: one whose pods a stand-in looks after, or one of real pods. */
export interface Ground {
  readonly namespace: string;
  readonly cluster: Cluster;
  /** An object that has to be there. */
  get(apiVersion: string, kind: string, name: string): Promise<LiveObject>;
  apply(object: unknown): Promise<LiveObject>;
  /** A merge patch. */
  patch(path: string, body: object): Promise<void>;
  /** Text below a key of a ConfigMap. */
  configMap(name: string, key: string): Promise<string>;
}

/** Something that somebody has broken, and what `check` says of it. */
export interface Situation<Where extends Ground = Ground> {
  readonly name: string;
  plant(where: Where): Promise<unknown>;
  readonly id: string;
  readonly severity: "error" | "warning";
  readonly component?: string;
  readonly cause?: string;
  readonly message: RegExp;
  readonly fix: RegExp;
  /** Takes away what no deployment does. */
  undo?(where: Where): Promise<unknown>;
}

export const rbac = "rbac.authorization.k8s.io/v1";
export const day = 86_400_000;
/** The stack that is deployed is called as its namespace. */
export const upAgain = /npx edgectl up --stack edge-check-/;

/** Path of a namespaced object of the core API. */
export const core = ({ namespace }: Ground, plural: string, name: string) =>
  `/api/v1/namespaces/${namespace}/${plural}/${name}`;

export async function remove({ cluster, get }: Ground, apiVersion: string, kind: string, name: string) {
  await cluster.delete(await get(apiVersion, kind, name), "Background");
}

/** @param namespace of an object beside the installation's; undefined: one of the cluster */
export async function removeIfThere(
  { cluster }: Ground,
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
) {
  const found = await cluster.get({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
  if (found !== undefined) await cluster.delete(found, "Background");
}

/** Changes the settings in a ConfigMap, which are JSON. */
export async function changeSettings(
  it: Ground,
  name: string,
  key: string,
  // biome-ignore lint/suspicious/noExplicitAny: settings and manifests of every kind
  change: (settings: any) => void,
): Promise<void> {
  const settings = JSON.parse(await it.configMap(name, key));
  change(settings);
  await it.patch(core(it, "configmaps", name), { data: { [key]: JSON.stringify(settings) } });
}

/** A Lease that was renewed just now, in the API's spelling of times. */
export function heldLease(name: string, namespace: string, holderIdentity: string) {
  const renewTime = new Date().toISOString().replace("Z", "000Z");
  const spec = { holderIdentity, leaseDurationSeconds: 60, renewTime };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace }, spec };
}
