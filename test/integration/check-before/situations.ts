import { dataKeys, labels, objectNames, partOf } from "#contract";
import { makeCa } from "../../support/broken-installation/index.ts";
import { manifestOf } from "../check/installation.ts";
import type { CheckOptions, Workstation } from "./workstation.ts";

/** What is broken before a deployment, and what `check --pre` says of it. */
export interface Situation {
  readonly name: string;
  /** @returns how it is looked at, where that is what is broken */
  plant(it: Workstation): Promise<CheckOptions | unknown>;
  readonly id: string;
  readonly severity: "error" | "warning";
  readonly message: RegExp;
  readonly fix: RegExp;
  /** Whether it is none where the cluster has another node. */
  readonly ofOnlyNode?: true;
}

const rbac = "rbac.authorization.k8s.io/v1";
const day = 86_400_000;
const later = (milliseconds: number) => ({
  timer: { now: () => Date.now() + milliseconds, sleep: async () => {} },
});

function slice(namespace: string, service: string, protocol: string, port: number) {
  return {
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
    metadata: { name: `${service}-planted`, namespace, labels: { "kubernetes.io/service-name": service } },
    endpoints: [{ addresses: ["10.9.9.9"] }],
    ports: [{ name: "p", port, protocol }],
  };
}

function definition(group: string, plural: string, kind: string) {
  return {
    ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: "Namespaced", names: { plural, kind, singular: kind.toLowerCase() } },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
}

const inNamespace = (
  { namespace }: Workstation,
  apiVersion: string,
  kind: string,
  name: string,
  rest: object = {},
) => ({
  ...{ apiVersion, kind, metadata: { name, namespace } },
  ...rest,
});
const limits = (limit: object) => ({ spec: { limits: [{ type: "Container", ...limit }] } });
const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] };
const reviews = {
  apiGroups: ["authorization.k8s.io"],
  resources: ["selfsubjectaccessreviews", "subjectaccessreviews"],
  verbs: ["create"],
};
/** All that is written, and not what iotedged is given: to review tokens. */
const writing = {
  apiGroups: [
    ...["", "apps", "batch", "policy", "coordination.k8s.io", "networking.k8s.io", "rbac.authorization.k8s.io"],
    "admissionregistration.k8s.io",
  ],
  resources: ["*"],
  verbs: ["create", "update", "patch", "delete"],
};

const workstation: readonly Situation[] = [
  {
    name: "pulumi has no node",
    plant: async (it) => ({ env: { PATH: await it.program("pulumi", "v3.260.0") } }),
    ...{ id: "tools", severity: "error", message: /no node for it/, fix: /export PATH=/ },
  },
  {
    name: "there is no kubectl",
    plant: async () => ({ env: { PATH: "/nonexistent" } }),
    ...{ id: "tools", severity: "warning", message: /no kubectl/, fix: /kubernetes\.io/ },
  },
  {
    name: "a proxy is asked for the cluster",
    // No proxy is ever asked for the loopback device.
    plant: async (it) => ({
      env: { HTTPS_PROXY: "http://proxy.invalid:3128" },
      as: await it.kubeconfig("elsewhere", (config) => {
        config.clusters = config.clusters.map((one) => ({ ...one, server: "https://edge.invalid:6443" }));
      }),
    }),
    ...{ id: "proxy-variables", severity: "warning", message: /ask the proxy/, fix: /export NO_PROXY=edge\.invalid/ },
  },
  {
    name: "the API server does not listen",
    plant: async (it) => ({
      as: await it.kubeconfig("closed", (config) => {
        config.clusters = config.clusters.map((one) => ({ ...one, server: "https://127.0.0.1:1" }));
      }),
    }),
    ...{ id: "reachable", severity: "error", message: /does not answer/, fix: /kubectl.* get --raw \/version/ },
  },
  {
    name: "the credentials have expired",
    plant: async (it) => ({
      as: await it.kubeconfig("expired", (config) => {
        config.users = config.users.map(({ name }) => ({ name, token: "expired" }));
      }),
    }),
    ...{ id: "reachable", severity: "error", message: /does not take the credentials/, fix: /get --raw/ },
  },
  {
    name: "this machine's clock is a minute ahead",
    plant: async () => later(60_000),
    ...{ id: "clock", severity: "warning", message: /differ by (59|60) s/, fix: /timedatectl/ },
  },
  {
    name: "this machine's clock is an hour ahead",
    plant: async () => later(3_600_000),
    ...{ id: "clock", severity: "error", message: /differ by 3[56]\d\d s/, fix: /timedatectl/ },
  },
];

const cluster: readonly Situation[] = [
  {
    name: "the only node is cordoned",
    ofOnlyNode: true,
    plant: (it) => it.patch(`/api/v1/nodes/${it.node}`, { spec: { unschedulable: true } }),
    ...{ id: "nodes-ready", severity: "error", message: /no node is ready/, fix: /get nodes -o wide/ },
  },
  {
    name: "a kubelet runs no native sidecars",
    plant: (it) => it.setNode({ nodeInfo: { architecture: "amd64", kubeletVersion: "v1.28.15" } }),
    ...{ id: "sidecars", severity: "error", message: /do not run native sidecars/, fix: /cordon node-of-/ },
  },
  {
    name: "nodes have several architectures",
    plant: async (it) => {
      const name = `${it.node}-arm`;
      await it.plant({ apiVersion: "v1", kind: "Node", metadata: { name } });
      await it.patch(`/api/v1/nodes/${name}/status`, { status: { nodeInfo: { architecture: "arm64" } } });
    },
    ...{ id: "architectures", severity: "warning", message: /several architectures/, fix: /iotedged\.nodeSelector/ },
  },
  {
    name: "a module asks for mounts that the only node cannot make",
    ofOnlyNode: true,
    plant: async (it) => {
      await it.setNode({ nodeInfo: { kubeletVersion: "v1.36.1", containerRuntimeVersion: "containerd://1.6.20" } });
      const hostPaths = [{ pathPrefix: "/data", readOnly: true }];
      await it.declare({ edgeAgent: { policy: { hostPaths } }, deployment: reader });
    },
    ...{
      id: "read-only-mounts",
      severity: "error",
      message: /no node says that it can mount/,
      fix: /"recursiveReadOnly": "IfPossible"/,
    },
  },
  {
    name: "something is left of an installation that is gone",
    plant: (it) =>
      it.plant({
        ...{ apiVersion: rbac, kind: "ClusterRole", rules: [] },
        metadata: {
          name: `iotedge:${it.namespace}-gone:node-observer`,
          labels: { [labels.partOf]: partOf, [labels.instance]: `${it.namespace}-gone` },
        },
      }),
    ...{
      id: "leftovers",
      severity: "warning",
      message: /belong to no installation/,
      fix: /delete .*clusterrole\/iotedge:/,
    },
  },
  {
    name: "the API server listens behind a port that policies close",
    plant: (it) => it.plant(slice("default", "kubernetes", "TCP", 26443)),
    ...{
      id: "network-api",
      severity: "error",
      message: /API server at \S+:26443/,
      fix: /networkPolicy: \{ apiServerPorts: \[443, [\d, ]*\b26443\] \}.*npx edgectl up/,
    },
  },
  {
    name: "DNS listens at a port that policies close",
    plant: (it) => it.plant(slice("kube-system", "kube-dns", "UDP", 1053)),
    ...{
      id: "network-dns",
      severity: "error",
      message: /DNS at \S+:1053/,
      fix: /networkPolicy: \{ dnsPorts: \[[\d, ]*\b1053\b[\d, ]*\] \}.*npx edgectl up/,
    },
  },
  {
    name: "on OpenShift no SCC lets the pods run",
    plant: (it) =>
      it.plant(definition("security.openshift.io", "securitycontextconstraints", "SecurityContextConstraints")),
    ...{
      id: "openshift",
      severity: "error",
      message: /no SCC lets the pods/,
      fix: /oc adm policy add-scc-to-group nonroot-v2/,
    },
  },
];

const stack: readonly Situation[] = [
  {
    name: "the program refuses the stack",
    plant: (it) => it.declare({ replica: 1 }),
    ...{ id: "stack-valid", severity: "error", message: /replica/, fix: /./ },
  },
  {
    name: "the cluster does not know a kind",
    plant: (it) => it.declare({ monitoring: { podMonitor: true } }),
    ...{ id: "kinds-served", severity: "error", message: /does not serve all kinds/, fix: /monitoring/ },
  },
  {
    name: "the credentials may only read",
    plant: async (it) => ({ as: await it.account([everything, reviews]) }),
    ...{ id: "permissions", severity: "error", message: /kinds of request are not allowed/, fix: /rbac explain/ },
  },
  {
    name: "the credentials may write, and not hand out",
    plant: async (it) => ({ as: await it.account([everything, reviews, writing]) }),
    ...{ id: "escalation", severity: "error", message: /that the credentials lack/, fix: /`escalate` and `bind`/ },
  },
  {
    name: "somebody else has an object of that name",
    plant: (it) => it.plant(inNamespace(it, "v1", "ConfigMap", objectNames.iotedgedConfig)),
    ...{
      id: "foreign-objects",
      severity: "error",
      message: /1 objects are there already/,
      fix: /npx edgectl up --stack \S+ .*--adopt/,
    },
  },
  {
    name: "a CA that is deployed ends within days",
    plant: async (it) => {
      const data = { [dataKeys.trustBundle]: await makeCa(Date.now() + 5 * day) };
      await it.plant(inNamespace(it, "v1", "ConfigMap", objectNames.trustBundle, { data }));
    },
    ...{
      id: "certificates",
      severity: "warning",
      message: /ends in [45] days/,
      fix: /trust\.earlyRenewalDays.*npx edgectl up/,
    },
  },
  {
    name: "a rollout has the stack locked",
    plant: (it) => {
      const renewTime = new Date().toISOString().replace("Z", "000Z");
      const metadata = { name: `iotedge-${it.project.stack}-rollout`, namespace: "default" };
      const spec = { holderIdentity: "20261130-1@office", leaseDurationSeconds: 60, renewTime };
      return it.plant({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
    },
    ...{
      id: "stack-lock",
      severity: "warning",
      message: /20261130-1@office/,
      fix: /npx edgectl rollout status --run 20261130-1/,
    },
  },
];

const reader = manifestOf({ reader: { createOptions: { HostConfig: { Binds: ["/data:/data:ro"] } } } });
const privileged = manifestOf({ plc: { createOptions: { HostConfig: { Privileged: true } } } });

const namespaces: readonly Situation[] = [
  {
    name: "there is no such namespace",
    plant: (it) => it.declare({ namespace: `${it.namespace}-none` }),
    ...{
      id: "namespace",
      severity: "error",
      message: /there is no namespace \S+-none/,
      fix: /create namespace \S+-none/,
    },
  },
  {
    name: "the namespace's Pod Security level is too narrow",
    plant: async (it) => {
      const level = { "pod-security.kubernetes.io/enforce": "restricted" };
      await it.patch(`/api/v1/namespaces/${it.namespace}`, { metadata: { labels: level } });
      await it.declare({ edgeAgent: { policy: { privileged: true } }, deployment: privileged });
    },
    ...{
      id: "pod-security",
      severity: "error",
      message: /enforces Pod Security level restricted/,
      fix: /label --overwrite namespace/,
    },
  },
  {
    name: "a quota leaves no room",
    plant: (it) => it.plant(inNamespace(it, "v1", "ResourceQuota", "small", { spec: { hard: { pods: "1" } } })),
    ...{ id: "quota", severity: "error", message: /leaves too little room/, fix: /Raise it: .*describe resourcequota/ },
  },
  {
    name: "a quota refuses containers that do not say what they take",
    plant: (it) => it.plant(inNamespace(it, "v1", "ResourceQuota", "cpu", { spec: { hard: { "limits.cpu": "10" } } })),
    ...{ id: "quota", severity: "error", message: /do not say what they take/, fix: /LimitRange with defaults/ },
  },
  {
    name: "a LimitRange refuses containers",
    plant: (it) => it.plant(inNamespace(it, "v1", "LimitRange", "small", limits({ max: { memory: "1Mi" } }))),
    ...{
      id: "limit-range",
      severity: "error",
      message: /a LimitRange of \S+ refuses containers/,
      fix: /describe limitrange -n/,
    },
  },
  {
    name: "a pull Secret is missing",
    plant: (it) => it.declare({ imagePullSecrets: ["regcred"] }),
    ...{
      id: "pull-secrets",
      severity: "error",
      message: /no Secret regcred/,
      fix: /create secret docker-registry regcred -n/,
    },
  },
  {
    name: "the storage class does not exist",
    plant: (it) => it.declare({ edgeAgent: { volumes: { create: true, storageClassName: "none" } } }),
    ...{ id: "storage-class", severity: "error", message: /no storage class none/, fix: /get storageclasses/ },
  },
  {
    name: "no storage class is the default",
    plant: (it) => it.declare({ edgeAgent: { volumes: { create: true } } }),
    ...{ id: "storage-class", severity: "error", message: /no default storage class/, fix: /get storageclasses/ },
  },
];

export const situations: readonly Situation[] = [...workstation, ...cluster, ...stack, ...namespaces];
