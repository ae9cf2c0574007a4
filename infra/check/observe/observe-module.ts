import { isJsonObject, mapConcurrently } from "#base";
import {
  annotations,
  formerModuleObjectName,
  generationIdOf,
  labels,
  moduleObjectName,
  objectNames,
  ports,
  proxyContainer,
  proxyPortVariables,
  tokenAudience,
} from "#contract";
import { type Hints, readInstallations, withLastLines } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import { refusalOf } from "../after/log-lines.ts";
import { checkErrors } from "../errors.ts";
import { known, type Observed, unknown } from "../model/observed.ts";
import type { CallAnswer, ModuleSeen, ProxyStatus, Timed } from "../module/observations.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { readAuditLog } from "./logs.ts";
import { type ConnectPod, callPod, type PodAnswer, type PodRequest } from "./module-call.ts";
import { observe } from "./observe.ts";
import { readInstallationName } from "./observe-installation.ts";

export interface ModuleOptions {
  readonly moduleId: string;
  /** Undefined: the only one that has the module. */
  readonly namespace: string | undefined;
  readonly hints: Hints;
  readonly now: () => number;
  /** Measures how long things last. */
  readonly stopwatch: () => number;
  /** How ports of the pod are reached. */
  readonly connect: (namespace: string, pod: string) => ConnectPod;
  readonly signal: AbortSignal;
}

const apiVersion = "api-version=2020-07-07";
/** Part of a key's name that no module uses, so that what is signed here says nothing of what modules sign. */
const keyId = "edgectl-check";
const text = Buffer.from("edgectl check module").toString("base64");
/** How far back iotedged's log is looked through for the call, in seconds. */
const logSeconds = 60;

/**
 * Looks at a module's chain, and makes two calls along it as the module itself would.
 *
 * @throws EDGE_CHECK_NO_MODULE, EDGE_CHECK_AMBIGUOUS
 */
export async function observeModule(reader: ClusterReader, options: ModuleOptions): Promise<ModuleSeen> {
  const { moduleId, now, stopwatch, signal } = options;
  const { cluster } = reader;
  const { namespace, pods } = await findPods(reader, options);
  const see = <T>(read: () => Promise<T>) => observe(read, signal);
  const config = { apiVersion: "v1", kind: "ConfigMap", namespace, name: objectNames.iotedgedConfig };
  const witness = await see(() => cluster.get(config));
  const hints = options.hints.of(witness.known ? witness.value : undefined);
  const timed = <T>(read: () => Promise<T>) => see(() => measure(stopwatch, read));
  const [state, accounts, audience, trustBundle] = await Promise.all([
    timed(async () => {
      const states = await withLastLines(reader.open, await readInstallations(cluster, [namespace], hints), signal);
      if (states[0] === undefined) throw new Error("there is no installation");
      return states[0];
    }),
    see(() => cluster.list({ apiVersion: "v1", kind: "ServiceAccount" }, { namespace })),
    see(async () => tokenAudience({ namespace, name: await readInstallationName(reader, namespace) })),
    see(() => cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: objectNames.trustBundle })),
  ]);
  const pod = pods.find(({ status }) => status?.phase === "Running") ?? pods[0];
  const seen = { now: now(), namespace, moduleId, hints, state, pod: known(pod), accounts, audience, trustBundle };
  if (pod?.status?.phase !== "Running") {
    const wanted = `-l ${labels.module}=${moduleObjectName(moduleId)} -n ${namespace}`;
    const fix = `Its pod comes first: ${hints.kubectl} describe deployments,jobs,pods ${wanted}`;
    const nowhere = unknown("the module has no pod that runs", fix);
    return { ...seen, proxy: nowhere, identityCall: nowhere, ownCall: nowhere };
  }
  return { ...seen, ...(await observeCalls(reader, options, pod, accounts)) };
}

async function observeCalls(
  reader: ClusterReader,
  { moduleId, stopwatch, connect, signal }: ModuleOptions,
  pod: LiveObject,
  accounts: Observed<readonly LiveObject[]>,
): Promise<Pick<ModuleSeen, "proxy" | "identityCall" | "ownCall">> {
  const { namespace = "", name } = pod.metadata;
  const open = connect(namespace, name);
  const { workload, observability } = portsOf(pod);
  const timed = <T>(read: () => Promise<T>) => observe(() => measure(stopwatch, read), signal);
  const call = async (request: PodRequest, isAnswer: (body: unknown) => boolean) => {
    const answer = await timed(() => callPod(open, request));
    return answer.known ? known(await explained(reader, namespace, answer.value, isAnswer, signal)) : answer;
  };
  const proxy = await timed(async () =>
    statusOf(await callPod(open, { port: observability, method: "GET", path: "/status" })),
  );
  const identityCall = await call(
    { port: workload, method: "GET", path: `/trust-bundle/hash?${apiVersion}` },
    isJsonObject,
  );
  if (!identityCall.known || !identityCall.value.value.complete) {
    return { proxy, identityCall, ownCall: unknown("the call before it was refused", afterOther) };
  }
  if (!accounts.known) return { proxy, identityCall, ownCall: accounts };
  const account = accounts.value.find(({ metadata }) => metadata.name === pod.spec?.serviceAccountName);
  const generation = generationIdOf(account?.metadata ?? {}) ?? "";
  const path = `/modules/${encodeURIComponent(moduleId)}/genid/${encodeURIComponent(generation)}/sign?${apiVersion}`;
  const body = { keyId, algo: "HMACSHA256", data: text };
  const isSignature = (answer: unknown) =>
    isJsonObject(answer) && typeof answer.digest === "string" && answer.digest !== "";
  return { proxy, identityCall, ownCall: await call({ port: workload, method: "POST", path, body }, isSignature) };
}

const afterOther = "What is said of that call comes first.";

/** What an answer means, with the rule by which iotedged has refused it. */
async function explained(
  reader: ClusterReader,
  namespace: string,
  { value, milliseconds }: Timed<PodAnswer>,
  isAnswer: (body: unknown) => boolean,
  signal: AbortSignal,
): Promise<Timed<CallAnswer>> {
  const { status, headers, message } = value;
  const text = (name: string) => String(headers[name] ?? "").slice(0, maxHeader);
  const proxyError = text("x-iotedge-proxy-error");
  const complete = status === 200 && isAnswer(value.body);
  const id = text("x-request-id");
  const isRefused = !complete && proxyError === "" && id !== "";
  const rule = isRefused ? await observe(() => ruleOf(reader, namespace, id, signal), signal) : known(undefined);
  return { value: { status, proxyError, message, complete, rule: rule.known ? rule.value : undefined }, milliseconds };
}

const maxHeader = 100;

async function ruleOf(reader: ClusterReader, namespace: string, requestId: string, signal: AbortSignal) {
  const selection = { namespace, labelSelector: `${labels.name}=iotedged` };
  const pods = await reader.cluster.list({ apiVersion: "v1", kind: "Pod" }, selection);
  return refusalOf(await readAuditLog(reader, pods, signal, logSeconds), requestId);
}

function statusOf({ status, body, message }: PodAnswer): ProxyStatus {
  if (status !== 200 || !isJsonObject(body)) throw new Error(`its proxy tells no status: ${status} ${message}`);
  return {
    trustBundle: String(body.trustBundle ?? ""),
    tokenNotAfter: Number(body.tokenNotAfter ?? 0) || 0,
    missing: String(body.missing ?? ""),
    iotedgedReached: body.iotedgedReached === true,
  };
}

/** Where the pod's proxy listens: on a node's network, at ports of its own. */
function portsOf({ spec }: LiveObject): { readonly workload: number; readonly observability: number } {
  const containers: readonly { name: string; env?: readonly { name: string; value?: string }[] }[] = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
  ];
  const env = containers.find(({ name }) => name === proxyContainer)?.env ?? [];
  const portOf = (variable: string) => Number(env.find(({ name }) => name === variable)?.value) || undefined;
  return {
    workload: portOf(proxyPortVariables.workload) ?? ports.workload,
    observability: portOf(proxyPortVariables.observability) ?? ports.proxyObservability,
  };
}

async function measure<T>(stopwatch: () => number, read: () => Promise<T>): Promise<Timed<T>> {
  const start = stopwatch();
  const value = await read();
  return { value, milliseconds: stopwatch() - start };
}

/** The module's pods, the newest first; none of a module that is declared and has none. */
async function findPods({ cluster }: ClusterReader, { moduleId, namespace, hints }: ModuleOptions) {
  const names = [...new Set([moduleObjectName(moduleId), formerModuleObjectName(moduleId)])];
  const lists = await mapConcurrently(names, (name) =>
    cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector: `${labels.module}=${name}` }),
  );
  const pods = lists
    .flat()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => (metadata.annotations?.[annotations.moduleId] ?? moduleId) === moduleId)
    .sort((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""));
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  const [only = namespace] = namespaces;
  if (namespaces.length > 1) {
    throw checkErrors.EDGE_CHECK_AMBIGUOUS({ module: moduleId, namespaces: namespaces.join(", ") });
  }
  if (only === undefined || (pods.length === 0 && !(await isDeclared(cluster, only, { moduleId, hints })))) {
    const where = namespace === undefined ? cluster.context : `namespace ${namespace}`;
    const status = hints.edgectl(["status", ...(namespace === undefined ? [] : ["-n", namespace])]);
    throw checkErrors.EDGE_CHECK_NO_MODULE({ module: moduleId, where, status });
  }
  return { namespace: only, pods };
}

/** Whether the manifest has the module, though it has no pod. */
async function isDeclared(
  cluster: ClusterReader["cluster"],
  namespace: string,
  { moduleId, hints }: Pick<ModuleOptions, "moduleId" | "hints">,
): Promise<boolean> {
  const [state] = await readInstallations(cluster, [namespace], hints);
  return state?.components.some(({ component, name }) => component === "module" && name === moduleId) ?? false;
}
