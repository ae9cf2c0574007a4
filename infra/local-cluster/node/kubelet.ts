import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupVersion } from "../host/cgroup-version.ts";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, networkPlan, nodePorts } from "../network-plan.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections } from "../process/probe.ts";

/** Writes the kubelet's configuration. JSON is YAML. */
export function configureKubelet(layout: Layout, plan: ClusterPlan, cgroups: CgroupVersion): void {
  writeFileSync(
    layout.config("kubelet.yaml"),
    JSON.stringify(kubeletConfiguration(layout, plan, cgroups), undefined, 2),
  );
}

export function kubeletConfiguration(
  layout: Layout,
  [{ nodeAddress, dnsServiceAddress }]: ClusterPlan,
  cgroups: CgroupVersion,
) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    port: nodePorts.kubelet,
    healthzBindAddress: nodeAddress,
    healthzPort: nodePorts["kubelet health"],
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: layout.pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: layout.pki("kubelet.crt"),
    tlsPrivateKeyFile: layout.pki("kubelet.key"),
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    clusterDNS: [dnsServiceAddress],
    clusterDomain: networkPlan.clusterDomain,
    podLogsDir: layout.data("pod-logs"),
    // The machine is not the cluster's own: no hierarchy of control groups over it, no limits on the rest of it.
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    ...(cgroups === "v1" ? { failCgroupV1: false } : {}),
    maxPods: 250,
    serializeImagePulls: false,
    // Else images that were loaded need credentials once the same layers have been pulled from a private registry.
    imagePullCredentialsVerificationPolicy: "NeverVerify",
    syncFrequency: "3s",
    configMapAndSecretChangeDetectionStrategy: "Watch",
    // A developer's disk is often rather full, and images that were loaded by hand cannot be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      "imagefs.available": "1%",
      "nodefs.available": "1%",
      "nodefs.inodesFree": "1%",
      "imagefs.inodesFree": "1%",
      "memory.available": "50Mi",
    },
  };
}

export function kubelet(layout: Layout, binaries: string, plan: ClusterPlan): Component {
  return {
    name: "kubelet",
    command: join(binaries, "kubelet"),
    args: [
      `--config=${layout.config("kubelet.yaml")}`,
      `--kubeconfig=${layout.userKubeconfig("kubelet")}`,
      `--hostname-override=${networkPlan.nodeName}`,
      `--node-ip=${plan.map(({ nodeAddress }) => nodeAddress).join(",")}`,
      `--root-dir=${layout.data("kubelet")}`,
    ],
    ready: () => acceptsConnections({ host: plan[0].nodeAddress, port: nodePorts.kubelet }),
  };
}
