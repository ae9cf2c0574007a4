import { isJsonObject, mapConcurrently, parseJson } from "#base";
import { annotations, clusterObjectNames, dataKeys, labels, objectNames, partOf } from "#contract";
import {
  type ClusterService,
  type Hints,
  type InstallationState,
  isConnected,
  readApiServer,
  readDns,
  readFindings,
  readInstallations,
  withLastLines,
} from "../../deploy/index.ts";
import type { Kind, LiveObject } from "../../kubernetes/index.ts";
import type { KubernetesObject } from "../../render/index.ts";
import type { AfterSeen } from "../after/observations.ts";
import type { HubWay } from "../judge/hub-ports.ts";
import type { Observed } from "../model/observed.ts";
import { mayReviewTokens, missingDaemonRights } from "./account-rights.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { hubWayOf } from "./hub-way.ts";
import { readProxyFailures, readRefusals } from "./logs.ts";
import { observe } from "./observe.ts";

export interface AfterOptions {
  readonly namespace: string;
  readonly hints: Hints;
  /** What the stack declares; undefined where none is named. */
  readonly declared: readonly KubernetesObject[] | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What installations of a cluster share. */
export interface SharedFacts {
  readonly apiServer: Observed<ClusterService>;
  readonly dns: Observed<ClusterService>;
}

export async function observeShared(reader: ClusterReader, signal: AbortSignal): Promise<SharedFacts> {
  const [apiServer, dns] = await Promise.all([
    observe(() => readApiServer(reader.cluster), signal),
    observe(() => readDns(reader.cluster), signal),
  ]);
  return { apiServer, dns };
}

const core = "v1";
const rbac = "rbac.authorization.k8s.io/v1";
const admissionVersion = "admissionregistration.k8s.io/v1";

/** Looks at one installation. Writes nothing, and reads no Secret. */
export async function observeInstallation(
  reader: ClusterReader,
  shared: SharedFacts,
  options: AfterOptions,
): Promise<AfterSeen> {
  const { namespace, now, signal } = options;
  const { cluster } = reader;
  const see = <T>(read: () => Promise<T>) => observe(read, signal);
  const own = { namespace, labelSelector: `${labels.partOf}=${partOf}` };
  const list = (kind: Kind, selection: object = { namespace }) => see(() => cluster.list(kind, selection));
  const configMap = (name: string) => see(() => cluster.get({ apiVersion: core, kind: "ConfigMap", namespace, name }));
  const [iotedgedConfig, agentConfig, trustBundle, trustRecord, service, pods, accounts] = await Promise.all([
    configMap(objectNames.iotedgedConfig),
    configMap(objectNames.agentConfig),
    configMap(objectNames.trustBundle),
    configMap(objectNames.trustRecord),
    see(() => cluster.get({ apiVersion: core, kind: "Service", namespace, name: objectNames.iotedged })),
    list({ apiVersion: core, kind: "Pod" }, own),
    list({ apiVersion: core, kind: "ServiceAccount" }),
  ]);
  const hints = options.hints.of(await witnessOf(reader, namespace, iotedgedConfig));
  const name = await see(async () => nameOf(iotedgedConfig) ?? (await nameOfDeployment(reader, namespace)));
  const [state, missing, leases, endpoints, networkPolicies, tokenReview, daemonRights, admission, refusals, failures] =
    await Promise.all([
      see(() => readState(reader, { ...options, hints })),
      andThen(iotedgedConfig, (config) =>
        andThen(accounts, (all) => see(() => readMissing(reader, namespace, all, config))),
      ),
      list({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" }),
      list({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" }, { namespace, labelSelector: serviceSelector }),
      list({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" }, own),
      see(() => mayReviewTokens(reader, namespace)),
      andThen(iotedgedConfig, (iotedged) =>
        andThen(agentConfig, (agent) => see(() => missingDaemonRights(reader, namespace, { iotedged, agent }))),
      ),
      andThen(name, (own) => andThen(accounts, (all) => see(() => readAdmission(reader, own, all)))),
      andThen(pods, (all) => see(() => readRefusals(reader, all, signal))),
      andThen(pods, (all) => see(() => readProxyFailures(reader, all, signal))),
    ]);
  const hub = await andThen(iotedgedConfig, (config) => see(async () => hubWayIn(config)));
  return {
    ...{
      now: now(),
      namespace,
      hints,
      state,
      hub,
      name,
      missing,
      pods,
      accounts,
      leases,
      service,
      endpoints,
      networkPolicies,
    },
    ...shared,
    ...{ tokenReview, daemonRights, admission, trustBundle, trustRecord, iotedgedConfig, agentConfig, refusals },
    proxyFailures: failures,
  };
}

const serviceSelector = `kubernetes.io/service-name=${objectNames.iotedged}`;

/** An object of the installation that tells who has deployed it. */
async function witnessOf({ cluster }: ClusterReader, namespace: string, config: Observed<LiveObject | undefined>) {
  if (config.known && config.value !== undefined) return config.value;
  const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: objectNames.iotedged };
  const found = await observe(() => cluster.get(ref));
  return found.known ? found.value : undefined;
}

/** What hangs on something that could not be seen cannot be seen either. */
function andThen<T, R>(first: Observed<T>, next: (value: T) => Promise<Observed<R>>): Promise<Observed<R>> {
  return first.known ? next(first.value) : Promise.resolve(first);
}

function nameOf(config: Observed<LiveObject | undefined>): string | undefined {
  const settings = config.known ? parseJson(config.value?.data?.[dataKeys.iotedgedConfig]) : undefined;
  const installation = isJsonObject(settings) ? settings.installation : undefined;
  return isJsonObject(installation) && typeof installation.name === "string" ? installation.name : undefined;
}

function hubWayIn(config: LiveObject | undefined): HubWay | undefined {
  if (config === undefined || !isConnected([config])) return undefined;
  return hubWayOf(config.data?.[dataKeys.iotedgedConfig]);
}

/** Name of the installation of a namespace, as iotedged has it. */
export async function readInstallationName(reader: ClusterReader, namespace: string): Promise<string> {
  const ref = { apiVersion: core, kind: "ConfigMap", namespace, name: objectNames.iotedgedConfig };
  const config = await reader.cluster.get(ref);
  return nameOf({ known: true, value: config }) ?? (await nameOfDeployment(reader, namespace));
}

async function nameOfDeployment({ cluster }: ClusterReader, namespace: string): Promise<string> {
  const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: objectNames.iotedged };
  return (await cluster.get(ref))?.metadata.labels?.[labels.instance] ?? namespace;
}

async function readState(reader: ClusterReader, options: AfterOptions): Promise<InstallationState> {
  const { namespace, hints, declared: objects, signal } = options;
  const namespaces = [namespace];
  const states = await readInstallations(reader.cluster, namespaces, hints);
  const whole = await withLastLines(reader.open, states, signal);
  const [state] = await readFindings(reader.cluster, whole, { namespaces, objects, hints });
  return state as InstallationState;
}

/** Objects without which an installation does not work, and that no pod misses by itself. */
async function readMissing(
  { cluster }: ClusterReader,
  namespace: string,
  accounts: readonly LiveObject[],
  config: LiveObject | undefined,
) {
  const { iotedged, edgeAgent, iotedgedConfig, agentConfig, trustBundle, deployment } = objectNames;
  const manifest = isConnected(config === undefined ? [] : [config]) ? [] : [deployment];
  const configMaps = [iotedgedConfig, agentConfig, ...manifest, trustBundle];
  const wanted = [
    { apiVersion: "apps/v1", kind: "Deployment", name: iotedged },
    { apiVersion: core, kind: "Service", name: iotedged },
    ...[iotedged, edgeAgent].flatMap((name) => [
      { apiVersion: rbac, kind: "Role", name },
      { apiVersion: rbac, kind: "RoleBinding", name },
    ]),
    ...configMaps.map((name) => ({ apiVersion: core, kind: "ConfigMap", name })),
  ];
  const names = new Set(accounts.map(({ metadata }) => metadata.name));
  const found = await mapConcurrently(wanted, async (ref) =>
    (await cluster.get({ ...ref, namespace })) === undefined ? [`${ref.kind} ${ref.name}`] : [],
  );
  const withoutAccount = [iotedged, edgeAgent].filter((name) => !names.has(name));
  return [...found.flat(), ...withoutAccount.map((name) => `ServiceAccount ${name}`)];
}

async function readAdmission({ cluster }: ClusterReader, name: string, accounts: readonly LiveObject[]) {
  const agent = accounts.find(({ metadata }) => metadata.name === objectNames.edgeAgent);
  const off = agent?.metadata.annotations?.[annotations.admissionPolicyOff];
  if (off !== undefined) return { off, lacking: [] };
  const { edgeAgentWorkloads, modulePods, moduleAccounts } = clusterObjectNames(name);
  const lacking = await mapConcurrently([edgeAgentWorkloads, modulePods, moduleAccounts], async (policy) => {
    const [found, binding] = await Promise.all([
      cluster.get({ apiVersion: admissionVersion, kind: "ValidatingAdmissionPolicy", name: policy }),
      cluster.get({ apiVersion: admissionVersion, kind: "ValidatingAdmissionPolicyBinding", name: policy }),
    ]);
    const actions: readonly string[] = binding?.spec?.validationActions ?? [];
    const isChanged = binding !== undefined && !actions.includes("Deny");
    return [
      ...(found === undefined ? [{ policy, says: "is missing", isChanged: false }] : []),
      ...(binding === undefined ? [{ policy, says: "has no binding", isChanged: false }] : []),
      ...(isChanged ? [{ policy, says: "does not deny", isChanged }] : []),
    ];
  });
  return { off, lacking: lacking.flat() };
}
