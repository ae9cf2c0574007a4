import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";

/** Kinds that the control plane itself rewrites all the time. */
const restless: ReadonlySet<string> = new Set(["Lease", "Event", "ComponentStatus"]);

interface Group {
  readonly preferredVersion: { readonly groupVersion: string };
}
interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}
interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string };
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
