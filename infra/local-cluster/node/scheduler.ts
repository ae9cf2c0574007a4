import { join } from "node:path";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, nodePorts } from "../network-plan.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections } from "../process/probe.ts";

export function scheduler(layout: Layout, binaries: string, [{ nodeAddress }]: ClusterPlan): Component {
  const port = nodePorts["kube-scheduler"];
  return {
    name: "kube-scheduler",
    command: join(binaries, "kube-scheduler"),
    args: [
      `--kubeconfig=${layout.userKubeconfig("kube-scheduler")}`,
      "--leader-elect=false",
      `--bind-address=${nodeAddress}`,
      `--secure-port=${port}`,
    ],
    ready: () => acceptsConnections({ host: nodeAddress, port }),
  };
}
