import { STATUS_CODES } from "node:http";
import { ApiException, CoreV1Api, type KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { kubectlFor } from "../../kubernetes/index.ts";
import { markBuiltin } from "../builtin/builtin-objects.ts";
import { Collector } from "../collect/collector.ts";
import { rbacErrors } from "../errors.ts";
import type { Source } from "./source.ts";

const pageSize = 500;

interface Page {
  readonly metadata?: { readonly _continue?: string };
  readonly items: readonly object[];
}
type List = (options: { limit: number; _continue?: string }) => Promise<Page>;

/**
 * Lists the RBAC objects of a live cluster.
 *
 * @param config with the cluster's context as its current one
 * @throws EDGE_RBAC_CLUSTER_UNREACHABLE
 */
export async function readLiveCluster(config: KubeConfig): Promise<Source> {
  const context = config.getCurrentContext();
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const core = config.makeApiClient(CoreV1Api);
  const version = "rbac.authorization.k8s.io/v1";
  const lists: readonly (readonly [apiVersion: string, kind: string, list: List])[] = [
    [version, "ClusterRole", (options) => rbac.listClusterRole(options)],
    [version, "ClusterRoleBinding", (options) => rbac.listClusterRoleBinding(options)],
    [version, "Role", (options) => rbac.listRoleForAllNamespaces(options)],
    [version, "RoleBinding", (options) => rbac.listRoleBindingForAllNamespaces(options)],
    ["v1", "ServiceAccount", (options) => core.listServiceAccountForAllNamespaces(options)],
  ];
  const collector = new Collector({ cluster: context, complete: true });
  for (const [apiVersion, kind, list] of lists) {
    for await (const item of pages(list, config)) {
      collector.add({ ...item, apiVersion, kind }, { origin: {}, identity: "" });
    }
  }
  return { title: `cluster ${context}`, clusters: [markBuiltin(collector.objects())] };
}

async function* pages(list: List, config: KubeConfig): AsyncGenerator<object> {
  let next: string | undefined;
  do {
    const page = await list({ limit: pageSize, ...(next === undefined ? {} : { _continue: next }) }).catch((cause) => {
      const details = { context: config.getCurrentContext(), kubectl: kubectlFor(config), problem: problemOf(cause) };
      throw rbacErrors.EDGE_RBAC_CLUSTER_UNREACHABLE(details, { cause });
    });
    yield* page.items;
    next = page.metadata?._continue || undefined;
  } while (next !== undefined);
}

/** What the API server says, or why it was not reached. The client's own message has all headers in it. */
function problemOf(error: unknown): string {
  if (error instanceof ApiException) {
    // The client drops the body of some answers, such as 401.
    const reason = statusMessage(error.body) ?? STATUS_CODES[error.code] ?? "no reason given";
    return `${reason} (HTTP ${error.code})`;
  }
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

function statusMessage(body: unknown): string | undefined {
  const text = typeof body === "string" ? /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] : undefined;
  return text === undefined ? undefined : (JSON.parse(`"${text}"`) as string);
}
