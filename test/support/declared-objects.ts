import { objectNames } from "#contract";
import { declaredPart } from "../../infra/rollout/drivers/server-side-apply/field-changes.ts";
import { allObjects } from "./all-objects.ts";

/** What controllers make of what was declared, and what the runtime tells of itself. */
const derived = [
  / (Pod|ReplicaSet|EndpointSlice|Endpoints|ControllerRevision|PodMetrics) /,
  new RegExp(` ConfigMap [^/]+/(${objectNames.status}|${objectNames.trustRecord})$`),
];

/**
 * What a cluster shall have of one installation, cluster-scoped objects and those of its modules included, without what
 * the API server or a controller decides.
 */
export async function declaredObjects(
  target: { readonly context: string; readonly kubeconfig: string },
  namespace: string,
): Promise<Readonly<Record<string, unknown>>> {
  const own = [...(await allObjects(target))].filter(
    ([key]) =>
      (key.includes(namespace) || key.includes(" ConfigMap default/iotedge-")) &&
      !derived.some((pattern) => pattern.test(key)),
  );
  return Object.fromEntries(own.map(([key, object]) => [key, declaredPart(object as never)]));
}
