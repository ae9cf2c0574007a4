import { fixed } from "./message.ts";
import type { Problems } from "./problems.ts";

/** Something of which a manifest, or a part of it, may have only so much. */
export interface Limit {
  /** Names the limit in messages and in docs/deployment-manifest.md. */
  readonly code: `EDGE_LIMIT_${string}`;
  readonly most: number;
  /** Completes "has 5 ...". */
  readonly what: string;
  readonly remedy: string;
}

const fewer = "Use fewer.";
const moreByHostNetwork = "Name fewer; a module that shares the network of its node has all ports without naming one.";

/**
 * Every limit of a deployment manifest. They are checked before anything else looks at what they limit, and they make
 * the work that a manifest causes grow with its length alone, whatever is in it.
 */
export const limits = {
  characters: {
    code: "EDGE_LIMIT_CHARACTERS",
    most: 1024 * 1024,
    what: "characters",
    remedy: "A ConfigMap cannot hold more: split the installation.",
  },
  levels: {
    code: "EDGE_LIMIT_LEVELS",
    most: 100,
    what: "levels of lists and objects",
    remedy: "Remove the levels that nothing needs.",
  },
  values: {
    code: "EDGE_LIMIT_VALUES",
    most: 40_000,
    what: "values in the whole manifest",
    remedy: "Remove what nothing needs, or split the installation.",
  },
  modules: {
    code: "EDGE_LIMIT_MODULES",
    most: 2000,
    what: "modules",
    remedy: "Spread them over several installations.",
  },
  pods: {
    code: "EDGE_LIMIT_PODS",
    most: 2000,
    what: "pods of all its modules",
    remedy: "Use fewer replicas, or spread the modules over several installations.",
  },
  claims: { code: "EDGE_LIMIT_CLAIMS", most: 2000, what: "claims in all its modules", remedy: fewer },
  registries: { code: "EDGE_LIMIT_REGISTRIES", most: 100, what: "registries", remedy: fewer },
  entries: { code: "EDGE_LIMIT_ENTRIES", most: 2000, what: "entries", remedy: fewer },
  hostEntries: { code: "EDGE_LIMIT_HOST_ENTRIES", most: 100, what: "entries", remedy: fewer },
  portRange: {
    code: "EDGE_LIMIT_PORT_RANGE",
    most: 250,
    what: "ports in a range",
    remedy: moreByHostNetwork,
  },
  ports: { code: "EDGE_LIMIT_PORTS", most: 1000, what: "ports", remedy: moreByHostNetwork },
  allPorts: {
    code: "EDGE_LIMIT_ALL_PORTS",
    most: 10_000,
    what: "ports in all its modules",
    remedy: moreByHostNetwork,
  },
  mounts: { code: "EDGE_LIMIT_MOUNTS", most: 100, what: "mounts", remedy: fewer },
  hosts: { code: "EDGE_LIMIT_HOSTS", most: 100, what: "hosts", remedy: "Use DNS for so many." },
  nameservers: { code: "EDGE_LIMIT_NAMESERVERS", most: 3, what: "name servers", remedy: fewer },
  searches: { code: "EDGE_LIMIT_SEARCHES", most: 32, what: "search domains", remedy: fewer },
  dnsOptions: { code: "EDGE_LIMIT_DNS_OPTIONS", most: 32, what: "DNS options", remedy: fewer },
  annotationBytes: {
    code: "EDGE_LIMIT_ANNOTATION_BYTES",
    most: 64 * 1024,
    what: "bytes of annotations",
    remedy: "Keep long texts in a ConfigMap that the module mounts.",
  },
  kubernetesEntries: { code: "EDGE_LIMIT_KUBERNETES_ENTRIES", most: 100, what: "entries", remedy: fewer },
  kubernetesValues: { code: "EDGE_LIMIT_KUBERNETES_VALUES", most: 1000, what: "values", remedy: fewer },
  kubernetesText: { code: "EDGE_LIMIT_KUBERNETES_TEXT", most: 4096, what: "characters", remedy: "Use a shorter text." },
  version: { code: "EDGE_LIMIT_VERSION", most: 512, what: "characters", remedy: "Use a shorter version." },
  path: { code: "EDGE_LIMIT_PATH", most: 1024, what: "characters", remedy: "Use a shorter path." },
  image: { code: "EDGE_LIMIT_IMAGE", most: 512, what: "characters", remedy: "Use a shorter reference." },
} as const satisfies Readonly<Record<string, Limit>>;

/** Whether there is more than the limit allows; then it is reported. */
export function exceeds(limit: Limit, path: string, count: number, problems: Problems): boolean {
  if (count <= limit.most) return false;
  problems.error(
    path,
    fixed(`has ${count} ${limit.what}, and may have ${limit.most} (${limit.code})`),
    fixed(limit.remedy),
  );
  return true;
}
