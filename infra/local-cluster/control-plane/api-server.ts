import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, clusterPlan, hostAndPort } from "../network-plan.ts";
import { readProbeTls } from "../pki/cluster-pki.ts";
import type { Component } from "../process/component.ts";
import { fetchText } from "../process/probe.ts";
import { auditPolicy } from "./audit-policy.ts";

/** Megabytes after which the audit log is renamed and begun anew; one such file is kept besides. */
const auditLogMegabytes = 100;

/** Where the API server of a cluster listens. */
export interface ApiServerAddress {
  /** @default that of IPv4 */
  readonly plan?: ClusterPlan;
  readonly address: string;
  readonly port: number;
  /** Whether pods reach it under the Service `kubernetes`. */
  readonly advertised: boolean;
}

/** URL of the API server. */
export function apiServerUrl({ address, port }: Pick<ApiServerAddress, "address" | "port">): string {
  return `https://${hostAndPort(address, port)}`;
}

/** Writes the API server's configuration. */
export function configureApiServer(layout: Layout): void {
  const policy = layout.config("audit-policy.json");
  mkdirSync(dirname(policy), { recursive: true });
  writeFileSync(policy, JSON.stringify(auditPolicy));
}

export function apiServer(layout: Layout, binaries: string, listen: ApiServerAddress): Component {
  const { plan = clusterPlan("ipv4") } = listen;
  return {
    name: "kube-apiserver",
    command: join(binaries, "kube-apiserver"),
    args: [
      `--etcd-servers=unix://${layout.etcdSocket}`,
      `--bind-address=${listen.address}`,
      `--secure-port=${listen.port}`,
      `--advertise-address=${plan[0].nodeAddress}`,
      ...(listen.advertised ? [] : ["--endpoint-reconciler-type=none"]),
      `--service-cluster-ip-range=${plan.map(({ serviceRange }) => serviceRange).join(",")}`,
      `--tls-cert-file=${layout.pki("kube-apiserver.crt")}`,
      `--tls-private-key-file=${layout.pki("kube-apiserver.key")}`,
      `--client-ca-file=${layout.pki("ca.crt")}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${layout.pki("service-account.pub")}`,
      `--service-account-signing-key-file=${layout.pki("service-account.key")}`,
      `--kubelet-certificate-authority=${layout.pki("ca.crt")}`,
      `--kubelet-client-certificate=${layout.pki("kubelet-client.crt")}`,
      `--kubelet-client-key=${layout.pki("kubelet-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP",
      `--audit-policy-file=${layout.config("audit-policy.json")}`,
      `--audit-log-path=${layout.auditLog}`,
      `--audit-log-maxsize=${auditLogMegabytes}`,
      "--audit-log-maxbackup=1",
    ],
    ready: async () => (await fetchText(`${apiServerUrl(listen)}/readyz`, readProbeTls(layout))) === "ok",
  };
}
