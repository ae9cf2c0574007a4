import { labels } from "#contract";
import { type Attempt, inWorkloads, type Loose, type Originals } from "./attempts.ts";

const pod = (change: (spec: Loose) => void) => (template: Loose) => change(template.spec);
const module = (change: (container: Loose) => void) => (template: Loose) => change(template.spec.containers[0]);
const annotated = (key: string) => (template: Loose) => {
  template.metadata.annotations[key] = "x";
};
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const byNode = (term: object) =>
  pod((spec) => {
    spec.affinity = { nodeAffinity: { [required]: { nodeSelectorTerms: [term] } } };
  });
const byPods = (kind: string, term: object) =>
  pod((spec) => {
    spec.affinity = { [kind]: { [required]: [{ topologyKey: "kubernetes.io/hostname", ...term }] } };
  });
const ofSensor = { matchLabels: { [labels.module]: "sensor" } };
const tolerating = (toleration: object) =>
  pod((spec) => {
    spec.tolerations = [toleration];
  });
const given = (resources: object) =>
  module((container) => {
    container.resources = resources;
  });
const told = (name: string, value: string) => module((container) => container.env.push({ name, value }));

/** What concerns the nodes: which of them, before whom, and what of theirs by the names of others. */
export function nodeAttempts(originals: Originals): readonly Attempt[] {
  return [
    ...inWorkloads(originals, placement),
    ...inWorkloads(originals, devices),
    ...inWorkloads(originals, annotations),
    ...inWorkloads(originals, ports),
    ...balancers(originals),
  ];
}

const placement = {
  "a priority for which others are evicted": pod((spec) => {
    spec.priorityClassName = "plant-critical";
  }),
  "nodes that are kept for others, whatever by": tolerating({ operator: "Exists" }),
  "nodes of the control plane": tolerating({ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }),
  "a lost node for ever": tolerating({
    key: "node.kubernetes.io/unreachable",
    operator: "Exists",
    effect: "NoExecute",
  }),
  "nodes by a label": pod((spec) => {
    spec.nodeSelector = { "node-role.kubernetes.io/control-plane": "" };
  }),
  "nodes of an architecture": pod((spec) => {
    spec.nodeSelector = { "kubernetes.io/arch": "amd64" };
  }),
  "a node by its name": byNode({ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] }),
  "nodes by a label of its affinity": byNode({ matchExpressions: [{ key: "trusted", operator: "Exists" }] }),
  "the node of iotedged": byPods("podAffinity", { labelSelector: { matchLabels: { [labels.name]: "iotedged" } } }),
  "the node of EdgeAgent": byPods("podAffinity", { labelSelector: { matchLabels: { [labels.module]: "edgeagent" } } }),
  "nodes without iotedged, which then starts on none of them": byPods("podAntiAffinity", { labelSelector: {} }),
  "nodes without pods of other namespaces": byPods("podAntiAffinity", {
    labelSelector: { matchLabels: { [labels.module]: "sensor" } },
    namespaceSelector: {},
  }),
  "nodes that have a label, by a spread": pod((spec) => {
    const spread = { maxSkew: 1, topologyKey: "trusted", whenUnsatisfiable: "DoNotSchedule" };
    spec.topologySpreadConstraints = [{ ...spread, labelSelector: ofSensor }];
  }),
  "nodes that have a label, by being together": byPods("podAffinity", {
    topologyKey: "trusted",
    labelSelector: ofSensor,
  }),
  "a node in each zone": pod((spec) => {
    const spread = { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" };
    spec.topologySpreadConstraints = [{ ...spread, labelSelector: ofSensor }];
  }),
  "nodes without a module": byPods("podAntiAffinity", {
    labelSelector: { matchLabels: { [labels.module]: "sensor" } },
  }),
};

const devices = {
  "a device by its resource": given({ limits: { "smarter-devices/mem": "1" } }),
  "a GPU that it requests": given({ requests: { "nvidia.com/gpu": "1" }, limits: { "nvidia.com/gpu": "1" } }),
  "memory and huge pages": given({ limits: { memory: "64Mi", "hugepages-2Mi": "4Mi" } }),
  "all GPUs of the node by a variable": told("NVIDIA_VISIBLE_DEVICES", "all"),
  "no GPU by that variable": told("NVIDIA_VISIBLE_DEVICES", "void"),
  "a device for the proxy": (template: Loose) => {
    template.spec.initContainers[0].resources = { limits: { "smarter-devices/mem": "1" } };
  },
};

const annotations = Object.fromEntries(
  [
    ...[
      "devices.nri.io/container.thief",
      "io.katacontainers.config.hypervisor.kernel_params",
      "dev.gvisor.flag.network",
    ],
    ...["cni.projectcalico.org/allowedSourcePrefixes", "k8s.ovn.org/pod-networks", "iam.amazonaws.com/role"],
    ...["run.oci.handler", "example.com/note", "org.opencontainers.image.title"],
  ].map((key) => [`annotation ${key}`, annotated(key)]),
);

const ports = {
  "the kubelet's port": module((container) => {
    container.ports = [{ containerPort: 8443, hostPort: 10250 }];
  }),
  "a port of the node for the proxy": (template: Loose) => {
    template.spec.initContainers[0].ports = [{ containerPort: 9601, hostPort: 9601 }];
  },
};

function balancers({ service }: Originals): readonly Attempt[] {
  const of = (port: number): Attempt => {
    const object = service();
    Object.assign(object.spec, { type: "LoadBalancer", clusterIP: undefined, ports: [{ name: "p", port }] });
    return { what: `Service: port ${port} of a load balancer`, verb: "apply", object };
  };
  return [of(443), of(10250)];
}
