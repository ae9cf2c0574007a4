import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import {
  type AgentSettings,
  dataKeys,
  digestOfManifest,
  digestOfSettings,
  type IotedgedSettings,
  objectNames,
} from "#contract";
import { noCredentials, parseManifest } from "#manifest";
import { checkInstallations } from "../../../infra/check/installations.ts";
import type { CheckResult } from "../../../infra/check/model/check.ts";
import { openReader } from "../../../infra/check/observe/cluster-reader.ts";
import { declareStack } from "../../../infra/check/observe/stack-facts.ts";
import { applyStack } from "../../../infra/deploy/apply-stack.ts";
import { deleteStack } from "../../../infra/deploy/delete-stack.ts";
import { hintsFor } from "../../../infra/deploy/hints.ts";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import type { LiveObject, ObjectToApply } from "../../../infra/kubernetes/kubernetes-types.ts";
import { renderStack } from "../../../infra/render/render-stack.ts";
import { desiredObjects } from "../../../runtime/edge-agent/mapping/desired-objects.ts";
import { edgeAgentDeployment } from "../../../runtime/iotedged/supervision/edge-agent-deployment.ts";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { patchIn } from "../../support/merge-patch.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startFakeKubelet } from "../iotedged-features/kubelet.ts";
import { startPods } from "./stand-in.ts";

const program = fileURLToPath(new URL("../../../infra/index.ts", import.meta.url));
const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };

export interface Target {
  readonly context: string;
  readonly kubeconfig: string;
}

/** The administrator of a kubeconfig's current context, and the port of its API server. */
export function administratorOf(kubeconfig: string): Target & { readonly port: number } {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const port = Number(new URL(config.getCurrentCluster()?.server ?? "").port);
  return { context: config.getCurrentContext(), kubeconfig, port };
}

/** A project with one stack. */
export interface Project {
  readonly directory: string;
  readonly stack: string;
  /**
   * @param installations as a stack's config has them
   * @param more further keys of the config
   */
  declare(installations: readonly object[], more?: object): Promise<void>;
  remove(): Promise<void>;
}

export async function makeProject(stack: string): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "edge-check-"));
  await mkdir(join(directory, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  return {
    directory,
    stack,
    declare: (installations, more = {}) => {
      const config = { "iotedge:images": images, "iotedge:installations": installations, ...more };
      return writeFile(join(directory, "stacks", `Pulumi.${stack}.yaml`), stringify({ config }));
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

/** A manifest with modules of these settings. */
export function manifestOf(modules: Readonly<Record<string, object>>): object {
  const module = (settings: object) => ({
    ...{ type: "docker", status: "running", restartPolicy: "always" },
    settings: { image: "r.invalid/sensor:1", ...settings },
  });
  const entries = Object.entries(modules).map(([id, settings]) => [id, module(settings)]);
  const runtime = { type: "docker", settings: {} };
  const desired = { schemaVersion: "1.1", runtime, systemModules: {}, modules: Object.fromEntries(entries) };
  return { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
}

/** An installation that was deployed by its stack, and that iotedged, EdgeAgent and a kubelet seem to look after. */
export async function startInstallation(target: Target, namespace: string) {
  const node = `node-of-${namespace}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(target.kubeconfig);
  const client = createApiClient({ kubeConfig });
  const logs = new Map<string, string>();
  const log = (url: string) => [...logs].find(([part]) => url.includes(part))?.[1] ?? "";
  const kubelet = await startFakeKubelet({ kubeconfig: target.kubeconfig, client, node, log });
  const project = await makeProject(namespace);
  const ports = { apiServerPorts: [443, administratorOf(target.kubeconfig).port] };
  const iotedged = { replicas: 1 };
  const deployment = manifestOf({ sensor: {} });
  await project.declare([{ namespace, createNamespace: true, networkPolicy: ports, iotedged, deployment }]);
  const cluster = await connect(target);
  const { objects } = await renderStack({ projectDirectory: project.directory, stack: project.stack });
  const declared = await declareStack(project.directory, project.stack);
  const wanted = objects.map(({ object }) => object as ObjectToApply);
  await applyStack(cluster, { stack: project.stack, objects: wanted });
  const pods = await startPods(target, namespace, node);
  const get = async (apiVersion: string, kind: string, name: string): Promise<LiveObject> => {
    const found = await cluster.get({ apiVersion, kind, name, namespace });
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  };
  const configMap = async (name: string, key: string): Promise<string> =>
    (await get("v1", "ConfigMap", name)).data[key];
  const apply = (object: unknown) => cluster.apply(object as ObjectToApply);

  async function standIn(): Promise<void> {
    const identity: IotedgedSettings = JSON.parse(await configMap(objectNames.iotedgedConfig, dataKeys.iotedgedConfig));
    const settings: AgentSettings = JSON.parse(await configMap(objectNames.agentConfig, dataKeys.agentConfig));
    const text = await configMap(objectNames.deployment, dataKeys.deployment);
    const [own, agent] = await Promise.all([
      get("v1", "ServiceAccount", objectNames.iotedged),
      get("v1", "ServiceAccount", objectNames.edgeAgent),
    ]);
    const owner = { apiVersion: "v1", kind: "ServiceAccount", name: own.metadata.name, uid: own.metadata.uid };
    await apply(edgeAgentDeployment({ identity, settings, owner, generationId: agent.metadata.uid }));
    const parsed = parseManifest(text, settings.modules);
    if (!parsed.ok) throw new Error("the manifest is refused");
    for (const module of parsed.manifest.modules) {
      const installation = {
        identity,
        settings,
        owner,
        serviceAccounts: new Map(),
        credentials: noCredentials,
      } as never;
      const { serviceAccount } = desiredObjects(module, installation, undefined);
      const inNamespace = (object: object & { metadata?: object }) => ({
        ...object,
        metadata: { ...object.metadata, namespace },
      });
      const { metadata } = await apply(inNamespace(serviceAccount));
      const { workload, services } = desiredObjects(module, installation, metadata.uid);
      for (const object of [workload, ...services]) await apply(inNamespace(object as object));
    }
    await report(text, settings);
  }

  /** As EdgeAgent reports. */
  async function report(text: string, settings: unknown, more: object = {}): Promise<void> {
    const status = {
      lastDesiredStatus: { code: 200, description: "" },
      observed: { manifest: digestOfManifest(text), settings: digestOfSettings(settings) },
      systemModules: {},
      modules: {
        sensor: {
          runtimeStatus: "running",
          statusDescription: "",
          restartCount: 0,
          settings: { image: "r.invalid/sensor:1" },
        },
      },
      ...more,
    };
    const metadata = { name: objectNames.status, namespace };
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { [dataKeys.status]: JSON.stringify(status) } });
  }

  /** As iotedged does once it leads. */
  async function lead(): Promise<void> {
    const [pod] = await podsOf("iotedged");
    const spec = {
      holderIdentity: `${pod?.metadata.name}_1`,
      leaseDurationSeconds: 15,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    await apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "iotedged", namespace },
      spec,
    });
  }

  async function podsOf(name: string): Promise<readonly LiveObject[]> {
    const all = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
    return all.filter(
      ({ metadata }) => metadata.name.startsWith(`${name}-`) && metadata.deletionTimestamp === undefined,
    );
  }

  /** All results, of the stack's installation. */
  async function check(options: { readonly stack?: boolean; readonly now?: () => number; readonly as?: Target } = {}) {
    const reader = await openReader(options.as ?? target);
    const stack = options.stack === true ? declared : undefined;
    const hints = hintsFor({ kind: "named", ...target }, project.stack);
    const { signal } = new AbortController();
    return checkInstallations(reader, { namespace, stack, hints, now: options.now ?? Date.now, signal });
  }

  async function healthy(): Promise<readonly CheckResult[]> {
    return waitFor(
      "a healthy installation",
      async () => {
        await lead();
        const results = await check({ stack: true });
        const bad = results.filter(({ severity }) => severity !== "ok");
        if (bad.length > 0) throw new Error(JSON.stringify(bad, null, 2));
        return results;
      },
      60,
    );
  }

  let readers = 0;
  /** Somebody with these rights alone. */
  async function reader(rules: readonly object[]): Promise<Target> {
    readers += 1;
    const name = `reader-${readers}`;
    const role = `${namespace}-${name}`;
    const rbac = "rbac.authorization.k8s.io/v1";
    await apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
    await apply({ apiVersion: rbac, kind: "ClusterRole", metadata: { name: role }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role };
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    await apply({ apiVersion: rbac, kind: "ClusterRoleBinding", metadata: { name: role }, roleRef, subjects });
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { status } = await client.call<{ status: { token: string } }>({ verb: "create", path, body: { spec: {} } });
    const own = new KubeConfig();
    const current = kubeConfig.getCurrentCluster();
    if (current === null) throw new Error("the kubeconfig has no cluster");
    own.loadFromClusterAndUser(current, { name, token: status.token });
    const kubeconfig = join(project.directory, `${name}.kubeconfig`);
    await writeFile(kubeconfig, own.exportConfig());
    return { context: own.getCurrentContext(), kubeconfig };
  }

  await standIn();
  return {
    reader,
    ...{
      namespace,
      cluster,
      project,
      get,
      apply,
      configMap,
      report,
      lead,
      logs,
      node,
      podsOf,
      check,
      healthy,
      standIn,
      pods,
    },
    /** Brings back what a situation has broken. */
    repair: async () => {
      logs.clear();
      // What was said of a pod's state goes with the pod.
      for (const pod of await podsOf("sensor")) await cluster.delete(pod, "Background");
      await applyStack(cluster, { stack: project.stack, objects: wanted });
      await standIn();
    },
    patch: (path: string, body: object) => patchIn(target, path, body),
    stop: async () => {
      await deleteStack(cluster, { stack: project.stack, timeout: 60 });
      await pods.stop();
      await kubelet.close();
      await project.remove();
      await client.close();
    },
  };
}

export type TestInstallation = Awaited<ReturnType<typeof startInstallation>>;
