import { labels, objectNames } from "#contract";
import { readApiServer, readDns } from "../../deploy/index.ts";
import type { BeforeHints, BeforeSeen, DeploymentSeen } from "../before/observations.ts";
import { readLeftovers, readServer } from "./cluster-facts.ts";
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
  const { config } = reader;
  const api = await observe(() => readServer(reader, now), signal);
  const [tools, leftovers, shared] = await Promise.all([
    observeTools(env),
    api.known ? observe(() => readLeftovers(reader, namesIn(stack)), signal) : api,
    observeShared(reader, api, signal, (known) =>
      stack === undefined ? undefined : known ? observeStack(reader, stack, signal) : blindTo(stack, api),
    ),
  ]);
  const environment = { ...proxyOf(env), ofKubeconfig: Boolean(config.getCurrentCluster()?.proxyUrl) };
  return { now: now(), hints, server: reader.cluster.server, ...shared, tools, environment, leftovers };
}

/** What a deployment looks at by itself. */
export type DeploymentObservation = Pick<BeforeOptions, "hints" | "now" | "signal"> & {
  readonly stack: DeclaredStack;
  /** Whether it is asked what the credentials may do. */
  readonly rights: boolean;
};

/** Looks at the cluster and the namespaces of a stack that is about to be deployed. Writes nothing. */
export async function observeDeployment(
  reader: ClusterReader,
  { hints, now, stack, rights, signal }: DeploymentObservation,
): Promise<DeploymentSeen> {
  const api = await observe(() => readServer(reader, now), signal);
  const shared = await observeShared(reader, api, signal, (known) =>
    known ? observeStack(reader, stack, signal, { rights, live: false }) : blindTo(stack, api),
  );
  return { now: now(), hints, server: reader.cluster.server, ...shared };
}

async function observeShared(
  reader: ClusterReader,
  api: BeforeSeen["api"],
  signal: AbortSignal,
  observeStack: (known: boolean) => Promise<BeforeSeen["stack"]> | BeforeSeen["stack"],
): Promise<Pick<DeploymentSeen, "api" | "nodes" | "apiServer" | "dns" | "stack">> {
  const see = <T>(read: () => Promise<T>) => (api.known ? observe(read, signal) : Promise.resolve(api));
  const [nodes, apiServer, dns, stack] = await Promise.all([
    see(() => reader.cluster.list({ apiVersion: "v1", kind: "Node" })),
    see(() => readApiServer(reader.cluster)),
    see(() => readDns(reader.cluster)),
    observeStack(api.known),
  ]);
  return { api, nodes, apiServer, dns, stack };
}

/** The stack without the other namespaces. */
function withinNamespace(stack: DeclaredStack, namespace: string | undefined): DeclaredStack {
  if (namespace === undefined || !stack.objects.known) return stack;
  const own = stack.objects.value.filter(({ metadata }) => (metadata.namespace ?? namespace) === namespace);
  return { ...stack, objects: { known: true, value: own } };
}

/** A stack whose cluster does not answer. */
function blindTo(stack: DeclaredStack, api: BeforeSeen["api"]): BeforeSeen["stack"] {
  if (api.known) return undefined;
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
