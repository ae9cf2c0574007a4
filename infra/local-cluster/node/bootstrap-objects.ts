import type { Layout } from "../layout.ts";
import { type ClusterPlan, networkPlan } from "../network-plan.ts";
import { dnsUser, kubeletClientUser } from "../pki/cluster-pki.ts";
import { commandOutput } from "../process/command.ts";

const rbac = "rbac.authorization.k8s.io";
const protocols = [
  { name: "dns", protocol: "UDP" },
  { name: "dns-tcp", protocol: "TCP" },
];
const servicePorts = protocols.map((each) => ({ ...each, port: 53, targetPort: networkPlan.dnsPort }));
const endpointPorts = protocols.map((each) => ({ ...each, port: networkPlan.dnsPort }));

/** Objects that the cluster needs to work: rights of its own users, and the DNS Service. */
export const bootstrapObjects = ([{ family, nodeAddress, dnsServiceAddress }]: ClusterPlan) => ({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata: { name: dnsUser },
      rules: [
        { apiGroups: [""], resources: ["namespaces", "pods", "services"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    userBinding(dnsUser, dnsUser),
    userBinding(kubeletClientUser, "system:kubelet-api-admin"),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace: "kube-system" },
      spec: { clusterIP: dnsServiceAddress, ports: servicePorts },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: "kube-dns-node",
        namespace: "kube-system",
        labels: { "kubernetes.io/service-name": "kube-dns" },
      },
      addressType: family,
      endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
      ports: endpointPorts,
    },
  ],
});

/** Creates or repairs the bootstrap objects. */
export async function applyBootstrapObjects(layout: Layout, plan: ClusterPlan, kubectl: string): Promise<void> {
  const args = ["--kubeconfig", layout.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", "-"];
  await commandOutput(kubectl, [...args, "--validate=false"], {
    input: JSON.stringify(bootstrapObjects(plan)),
    // Nothing of the user's: neither an HTTP proxy, which cannot reach the node, nor kubectl's own settings.
    environment: { HOME: layout.directory },
  });
}

function userBinding(user: string, role: string) {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: user },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: rbac, kind: "User", name: user }],
  };
}
