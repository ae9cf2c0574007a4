import { isIP } from "node:net";
import type { JsonGeneralNames } from "./x509.ts";

/** Names under which a Service is reached inside the cluster, from the shortest to the longest. */
export function serviceHostNames(service: string, namespace: string): [string, ...string[]] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

/** Subject alternative names of hosts in canonical form, each once. */
export function alternativeNames(hosts: readonly string[]): JsonGeneralNames {
  return [...new Set(hosts)].map((host) => ({ type: isIP(host) === 0 ? "dns" : "ip", value: host }));
}
