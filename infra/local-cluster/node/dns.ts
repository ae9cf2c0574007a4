import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, networkPlan } from "../network-plan.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections } from "../process/probe.ts";

const resolverFile = "/etc/resolv.conf";

/** Writes CoreDNS's configuration. */
export function configureDns(layout: Layout, plan: ClusterPlan): void {
  const resolver = /^\s*nameserver\s+\S/m.test(readFileSync(resolverFile, "utf8")) ? resolverFile : undefined;
  writeFileSync(layout.config("Corefile"), renderCorefile(layout, plan, resolver));
}

/** @param resolver the machine's own resolv.conf, if it names a server: other names are asked there */
export function renderCorefile(layout: Layout, [{ nodeAddress }]: ClusterPlan, resolver: string | undefined): string {
  const plugins = [
    `bind ${nodeAddress}`,
    "errors",
    `kubernetes ${networkPlan.clusterDomain} in-addr.arpa ip6.arpa {
    kubeconfig ${JSON.stringify(layout.userKubeconfig("coredns"))}
  }`,
    ...(resolver === undefined ? [] : [`forward . ${resolver}`]),
    "cache 5",
  ];
  return `.:${networkPlan.dnsPort} {\n${plugins.map((plugin) => `  ${plugin}\n`).join("")}}\n`;
}

/** CoreDNS, on the node itself; `bootstrapObjects` point the Service `kube-dns` at it. */
export function coreDns(layout: Layout, binaries: string, [{ nodeAddress }]: ClusterPlan): Component {
  return {
    name: "coredns",
    command: join(binaries, "coredns"),
    args: ["-conf", layout.config("Corefile")],
    ready: () => acceptsConnections({ host: nodeAddress, port: networkPlan.dnsPort }),
  };
}
