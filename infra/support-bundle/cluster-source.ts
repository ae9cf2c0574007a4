import { isJsonObject, parseJson } from "#base";
import type { BundleSource } from "#contract";
import { type Cluster, checkResponse, type OpenStream, type StreamRequest } from "../kubernetes/index.ts";

/** Kinds that tell why an installation does not work, by their names in the API. Secrets are none of them. */
const kinds: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  pods: { apiVersion: "v1", kind: "Pod" },
  deployments: { apiVersion: "apps/v1", kind: "Deployment" },
  replicasets: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  jobs: { apiVersion: "batch/v1", kind: "Job" },
  services: { apiVersion: "v1", kind: "Service" },
  serviceaccounts: { apiVersion: "v1", kind: "ServiceAccount" },
  configmaps: { apiVersion: "v1", kind: "ConfigMap" },
  persistentvolumeclaims: { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  events: { apiVersion: "events.k8s.io/v1", kind: "Event" },
  leases: { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
  networkpolicies: { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  poddisruptionbudgets: { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  roles: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  rolebindings: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
  resourcequotas: { apiVersion: "v1", kind: "ResourceQuota" },
  limitranges: { apiVersion: "v1", kind: "LimitRange" },
};

/** Names of the kinds that a bundle has, pods first: they say which logs there are. */
export const bundlePlurals: readonly string[] = Object.keys(kinds);

/** Longest that metrics may take, in milliseconds: who drops packets lets nobody wait for hours. */
export interface Patience {
  /** Of one container. */
  readonly each: number;
  /** Of all together. */
  readonly all: number;
}

const usualPatience: Patience = { each: 5000, all: 60_000 };

/**
 * A namespace's objects and logs, with the rights of who runs edgectl.
 *
 * @param options.metrics whether there are metrics too: these take the right to get `pods/proxy`
 * @param options.patience default: 5 s for each, a minute for all
 */
export function clusterSource(options: {
  readonly cluster: Cluster;
  readonly open: OpenStream;
  readonly namespace: string;
  readonly metrics: boolean;
  readonly patience?: Patience;
  /** Texts beside objects, logs and metrics, by their names in the archive. */
  readonly texts?: BundleSource["texts"];
  readonly signal: AbortSignal;
}): BundleSource {
  const { cluster, open, namespace, patience = usualPatience, signal } = options;

  async function opened(what: string, pod: string, request: StreamRequest, until: AbortSignal) {
    const { status, read } = await open(request, until);
    if (status < 300) return read;
    const body = { message: messageOf(await textOf(read)) };
    checkResponse(cluster, { status, body }, `get the ${what}`, `Pod ${namespace}/${pod}`);
    return read;
  }

  let all: AbortSignal | undefined;
  const metrics: BundleSource["metrics"] = async ({ pod, port }) => {
    all ??= AbortSignal.timeout(patience.all);
    const until = AbortSignal.any([signal, all, AbortSignal.timeout(patience.each)]);
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/metrics`;
    return opened("metrics", pod, { path }, until);
  };

  return {
    async *objects(plural) {
      signal.throwIfAborted();
      const kind = kinds[plural];
      if (kind !== undefined) yield await cluster.list(kind, { namespace });
    },
    log: async ({ pod, container, previous }, { since, tail, maxBytes }) => {
      const query = {
        container,
        timestamps: "true",
        sinceTime: new Date(since).toISOString(),
        tailLines: String(tail),
        limitBytes: String(maxBytes),
        ...(previous && { previous: "true" }),
      };
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
      return opened("log", pod, { path, query }, signal);
    },
    ...(options.metrics && { metrics }),
    ...(options.texts && { texts: options.texts }),
  };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function messageOf(text: string): unknown {
  const answer = parseJson(text);
  return isJsonObject(answer) ? answer.message : text;
}
