import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { ClusterName } from "../../infra/kubernetes/kubeconfig.ts";
import type { ApiClient } from "../../runtime/shared/kubernetes/api-client.ts";

const contentType = "application/merge-patch+json";

/** Changes fields of an object, as somebody beside edgectl may. */
export async function patchIn(target: ClusterName, path: string, body: object): Promise<void> {
  const { status } = await createSender((await connect(target)).config)({ method: "PATCH", path, body, contentType });
  if (status !== 200) throw new Error(`the API server answers ${status} to a patch of ${path}`);
}

/** Changes fields of an object with the rights of a client. */
export async function patchBy(client: ApiClient, path: string, body: object): Promise<void> {
  await client.call({ verb: "patch", path, body, contentType });
}
