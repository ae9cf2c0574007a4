import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { systemTimer, type Timer } from "#base";
import { type CheckFlags, checkCommand } from "../../../infra/check/cli/check.ts";
import type { CheckReport } from "../../../infra/check/report/report.ts";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import type { LiveObject, ObjectToApply } from "../../../infra/kubernetes/kubernetes-types.ts";
import { createProgress } from "../../../infra/terminal/progress.ts";
import { patchIn } from "../../support/merge-patch.ts";
import { startHeartbeat } from "../../support/node-heartbeat.ts";
import { makeProject, type Project, type Target } from "../check/installation.ts";

/** Who is about to deploy a stack: a project, a cluster with a node and the namespace, and programs on a PATH. */
export interface Workstation {
  readonly namespace: string;
  readonly node: string;
  readonly target: Target;
  readonly project: Project;
  /** The stack's installation, with these fields beside its namespace. */
  installations(more?: object): readonly object[];
  declare(more?: object): Promise<void>;
  apply(object: unknown): Promise<LiveObject>;
  /** Makes an object that the end of the situation takes away. */
  plant(object: unknown): Promise<LiveObject>;
  /** Fields of the node's status. */
  setNode(status: object): Promise<void>;
  patch(path: string, body: object): Promise<void>;
  /** A kubeconfig of the same cluster with another user or address. */
  kubeconfig(name: string, change: (config: KubeConfig) => void): Promise<Target>;
  /** Somebody with these rights. */
  account(rules: readonly object[]): Promise<Target>;
  /** A program for a PATH of its own. */
  program(name: string, output: string): Promise<string>;
  /** What `check --pre --stack` reports. */
  check(options?: CheckOptions): Promise<CheckReport>;
  /** Names of the ConfigMaps in the namespace. */
  configMaps(): Promise<readonly string[]>;
  /** Brings back what a situation has broken. */
  repair(): Promise<void>;
  stop(): Promise<void>;
}

export interface CheckOptions {
  readonly as?: Target;
  readonly env?: NodeJS.ProcessEnv;
  readonly timer?: Timer;
  readonly signal?: AbortSignal;
  readonly flags?: Partial<CheckFlags>;
  /** Receives each report. */
  readonly seen?: (report: CheckReport) => void;
  /** Receives what is printed for people. */
  readonly printed?: (text: string) => void;
}

const rbac = "rbac.authorization.k8s.io/v1";
const healthyNode = { architecture: "amd64", kubeletVersion: "v1.36.0" };

/** @param networkPolicy of the installation: what its cluster takes */
export async function startWorkstation(target: Target, namespace: string, networkPolicy: object): Promise<Workstation> {
  const cluster = await connect(target);
  const project = await makeProject(namespace);
  const node = `node-of-${namespace}`;
  const planted: LiveObject[] = [];
  const apply = (object: unknown) => cluster.apply(object as ObjectToApply);
  const patch = (path: string, body: object) => patchIn(target, path, body);
  const setNode = (more: object) => {
    const now = new Date().toISOString();
    const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: now, lastTransitionTime: now }];
    return patch(`/api/v1/nodes/${node}/status`, { status: { conditions, nodeInfo: healthyNode, ...more } });
  };
  const plant = async (object: unknown) => {
    const made = await apply(object);
    planted.push(made);
    return made;
  };
  const installations = (more: object = {}) => [{ namespace, networkPolicy, ...more }];
  const declare = (more?: object) => project.declare(installations(more));

  async function kubeconfig(name: string, change: (config: KubeConfig) => void): Promise<Target> {
    const config = new KubeConfig();
    config.loadFromFile(target.kubeconfig);
    const file = join(project.directory, `${name}.kubeconfig`);
    change(config);
    await writeFile(file, config.exportConfig());
    return { context: target.context, kubeconfig: file };
  }

  async function account(rules: readonly object[]): Promise<Target> {
    const name = `deployer-${planted.length}`;
    const role = `${namespace}-${name}`;
    await plant({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
    await plant({ apiVersion: rbac, kind: "ClusterRole", metadata: { name: role }, rules });
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role };
    await plant({ apiVersion: rbac, kind: "ClusterRoleBinding", metadata: { name: role }, roleRef, subjects });
    const { createSender } = await import("../../../infra/kubernetes/api-request.ts");
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const answer = await createSender(cluster.config)({ method: "POST", path, body: { spec: {} } });
    const token: string = answer.body.status.token;
    return kubeconfig(name, (config) => {
      config.users = config.users.map((user) => ({ name: user.name, token }));
    });
  }

  async function program(name: string, output: string): Promise<string> {
    const directory = join(project.directory, `bin-${name}`);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, name), `#!/bin/sh\necho '${output}'\n`, { mode: 0o755 });
    return directory;
  }

  async function check(options: CheckOptions = {}): Promise<CheckReport> {
    const { as = target, env = {}, timer = systemTimer, signal = new AbortController().signal, flags } = options;
    let last: CheckReport | undefined;
    const output = {
      write: async (text: string | Uint8Array) => options.printed?.(String(text)),
      json: async (value: unknown) => {
        last = value as CheckReport;
        options.seen?.(last);
      },
    };
    const progress = createProgress({ write: () => {} });
    const context = { projectDirectory: project.directory, env, output, progress, signal };
    const usual = { pre: true, stack: project.stack, watch: false, json: true };
    await checkCommand({ ...usual, ...as, ...flags }, context, timer);
    if (last === undefined) throw new Error("nothing was reported");
    return last;
  }

  async function repair(): Promise<void> {
    for (const object of planted.splice(0).reverse()) await cluster.delete(object, "Background");
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await patch(`/api/v1/namespaces/${namespace}`, {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": null } },
    });
    await apply({ apiVersion: "v1", kind: "Node", metadata: { name: node } });
    await patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: null, taints: null } });
    await setNode({});
    await declare();
  }

  await repair();
  const heartbeat = await startHeartbeat(cluster, node);
  return {
    ...{
      namespace,
      node,
      target,
      project,
      installations,
      declare,
      apply,
      plant,
      setNode,
      patch,
      kubeconfig,
      account,
      program,
    },
    ...{ check, repair },
    configMaps: async () => {
      const all = await cluster.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace });
      return all.map(({ metadata }) => metadata.name);
    },
    stop: async () => {
      heartbeat.stop();
      await repair();
      for (const [kind, name] of [["Node", node] as const, ["Namespace", namespace] as const]) {
        const found = await cluster.get({ apiVersion: "v1", kind, name });
        if (found !== undefined) await cluster.delete(found, "Background");
      }
      await project.remove();
    },
  };
}
