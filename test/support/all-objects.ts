import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";

/** Kinds that the control plane itself rewrites all the time. */
const restless: ReadonlySet<string> = new Set(["Lease", "Event", "ComponentStatus"]);
/** Who of the control plane writes, as managedFields names them. */
const controlPlane = /^kube-|-controller$|^api-priority-and-fairness-/;

interface Group {
  readonly preferredVersion: { readonly groupVersion: string };
}
interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}
interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly managedFields?: readonly { readonly manager: string; readonly subresource?: string }[];
  };
}

/** Every object of a cluster as the API server has it, resourceVersion included, by kind, namespace and name. */
export async function allObjects(target: {
  readonly context: string;
  readonly kubeconfig: string;
}): Promise<ReadonlyMap<string, object>> {
  const { config } = await connect(target);
  const send = createSender(config);
  const groups: readonly Group[] = (await send({ method: "GET", path: "/apis" })).body.groups;
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const objects = new Map<string, object>();
  for (const path of paths) {
    const resources: readonly ApiResource[] = (await send({ method: "GET", path })).body.resources ?? [];
    const listable = resources.filter(
      ({ name, kind, verbs }) => !name.includes("/") && verbs.includes("list") && !restless.has(kind),
    );
    for (const { name, kind } of listable) {
      const { body } = await send({ method: "GET", path: `${path}/${name}` });
      for (const item of (body.items ?? []) as readonly Item[]) {
        objects.set(`${path} ${kind} ${item.metadata.namespace ?? ""}/${item.metadata.name}`, item);
      }
    }
  }
  return objects;
}

/**
 * What others than the control plane wrote to a cluster, and when, by kind, namespace and name. It stays the same as long as
 * nobody writes, however late controllers are with what they make of the last write.
 */
export async function allWrites(target: {
  readonly context: string;
  readonly kubeconfig: string;
}): Promise<ReadonlyMap<string, object>> {
  const writes = new Map<string, object>();
  for (const [key, object] of await allObjects(target)) {
    const { uid, managedFields = [] } = (object as Item).metadata;
    const own = managedFields.filter(
      ({ manager, subresource }) => subresource !== "status" && !controlPlane.test(manager),
    );
    if (own.length > 0) writes.set(key, { uid, own });
  }
  return writes;
}
