import { labels, objectNames } from "#contract";
import type { BeforeHints, BeforeSeen } from "../before/observations.ts";
import { readApiPorts, readDnsPorts, readLeftovers, readServer } from "./cluster-facts.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { observe } from "./observe.ts";
import { type DeclaredStack, observeStack } from "./stack-facts.ts";
import { observeTools, proxyOf } from "./tools.ts";

/** What looking takes beside the cluster. */
export interface BeforeOptions {
  readonly hints: BeforeHints;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** Undefined where no stack is named. */
  readonly stack: DeclaredStack | undefined;
  /** Only the installation in this namespace; undefined: all of the stack. */
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
}

/** Looks at the workstation, the cluster and the namespaces of a stack. Writes nothing. */
export async function observeBefore(reader: ClusterReader, options: BeforeOptions): Promise<BeforeSeen> {
  const { hints, env, now, namespace, signal } = options;
  const stack = options.stack && withinNamespace(options.stack, namespace);
  const { cluster, config } = reader;
  const api = await observe(() => readServer(reader, now), signal);
  const see = <T>(read: () => Promise<T>) => (api.known ? observe(read, signal) : Promise.resolve(api));
  const [tools, nodes, apiPorts, dnsPorts, leftovers, seen] = await Promise.all([
    observeTools(env),
    see(() => cluster.list({ apiVersion: "v1", kind: "Node" })),
    see(() => readApiPorts(reader)),
    see(() => readDnsPorts(reader)),
    see(() => readLeftovers(reader, namesIn(stack))),
    stack === undefined ? undefined : api.known ? observeStack(reader, stack, signal) : blind(stack, api),
  ]);
  return {
    now: now(),
    hints,
    server: cluster.server,
    tools,
    environment: { ...proxyOf(env), ofKubeconfig: Boolean(config.getCurrentCluster()?.proxyUrl) },
    api,
    nodes,
    apiPorts,
    dnsPorts,
    leftovers,
    stack: seen,
  };
}

/** The stack without the other namespaces. */
function withinNamespace(stack: DeclaredStack, namespace: string | undefined): DeclaredStack {
  if (namespace === undefined || !stack.objects.known) return stack;
  const own = stack.objects.value.filter(({ metadata }) => (metadata.namespace ?? namespace) === namespace);
  return { ...stack, objects: { known: true, value: own } };
}

/** A stack whose cluster does not answer. */
function blind(
  stack: DeclaredStack,
  api: Extract<BeforeSeen["api"], { known: false }>,
): NonNullable<BeforeSeen["stack"]> {
  const unseen = { unservedKinds: api, rights: api, foreign: api, certificates: api, lock: api, storageClasses: api };
  return { ...stack, ...unseen, namespaces: [] };
}

function namesIn(stack: DeclaredStack | undefined): readonly string[] {
  if (stack === undefined || !stack.objects.known) return [];
  const own = stack.objects.value.filter(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged,
  );
  return own.flatMap(
    ({ metadata }) => (metadata.labels as Readonly<Record<string, string>> | undefined)?.[labels.instance] ?? [],
  );
}
