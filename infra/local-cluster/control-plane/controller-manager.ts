import { join } from "node:path";
import type { Layout } from "../layout.ts";
import { readProbeTls } from "../pki/cluster-pki.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections, fetchText } from "../process/probe.ts";

/** What kube-controller-manager works with. */
export interface ControllerManagerOptions {
  /** URL of the API server. */
  readonly server: string;
  /** Where it serves its health page; without, it serves none. */
  readonly listen?: { readonly address: string; readonly port: number };
}

export function controllerManager(
  layout: Layout,
  binaries: string,
  { server, listen }: ControllerManagerOptions,
): Component {
  return {
    name: "kube-controller-manager",
    command: join(binaries, "kube-controller-manager"),
    args: [
      `--kubeconfig=${layout.userKubeconfig("kube-controller-manager")}`,
      "--use-service-account-credentials",
      `--service-account-private-key-file=${layout.pki("service-account.key")}`,
      `--root-ca-file=${layout.pki("ca.crt")}`,
      `--cluster-signing-cert-file=${layout.pki("ca.crt")}`,
      `--cluster-signing-key-file=${layout.pki("ca.key")}`,
      "--leader-elect=false",
      // The default of 20 requests a second keeps its controllers from starting for seconds.
      "--kube-api-qps=500",
      "--kube-api-burst=500",
      ...(listen ? [`--bind-address=${listen.address}`, `--secure-port=${listen.port}`] : ["--secure-port=0"]),
    ],
    ready: async () => {
      if (listen && !(await acceptsConnections({ host: listen.address, port: listen.port }))) return false;
      // No pod can be made in a namespace without it.
      const account = `${server}/api/v1/namespaces/default/serviceaccounts/default`;
      return (await fetchText(account, readProbeTls(layout))) !== undefined;
    },
  };
}
