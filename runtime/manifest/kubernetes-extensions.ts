import type { Static, TSchema } from "typebox";
import { checkSchema } from "./check-schema.ts";
import {
  AffinitySchema,
  NodeSelectorSchema,
  PodSecuritySchema,
  PriorityClassSchema,
  ResourcesSchema,
  ServerNamesSchema,
  ServiceOptionsSchema,
  StrategySchema,
  TolerationsSchema,
  TopologySpreadSchema,
  VolumeClaimsSchema,
} from "./kubernetes-schemas.ts";
import { fixed, say } from "./message.ts";
import type { ModuleOptions, PodOptions, Resources, ServiceOptions, ServicePort } from "./module-options.ts";
import type { Field, ObjectReader } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";
import { checkRollingUpdate } from "./rolling-update.ts";
import { checkScheduling } from "./scheduling-rules.ts";
import { warnOfServerNames } from "./server-names.ts";

const maxReplicas = 100;

/** What `k8s-experimental` and `k8s-extensions` say; the storage is read with all other storage. */
export interface KubernetesExtensions {
  readonly resources: Resources;
  /** Where {@link resources} stand. */
  readonly resourcesPath: string;
  readonly security: Static<typeof PodSecuritySchema>;
  /** Where {@link security} stands. */
  readonly securityPath: string;
  readonly scheduling: Pick<
    PodOptions,
    "nodeSelector" | "strategy" | "tolerations" | "affinity" | "topologySpreadConstraints" | "priorityClassName"
  >;
  /** Where both groups of keys stand. */
  readonly paths: { readonly experimental: string; readonly extensions: string };
  readonly replicas: number;
  readonly stateless: boolean;
  readonly volumes: Field | undefined;
  readonly claims: ModuleOptions["claims"];
  /** Where {@link claims} stands. */
  readonly claimsPath: string;
  readonly annotations: Field | undefined;
  readonly service: Static<typeof ServiceOptionsSchema>;
  /** Where {@link service} stands. */
  readonly servicePath: string;
  readonly serverNames: readonly string[] | undefined;
  readonly user: Field | undefined;
}

/** Reads the keys of IoT Edge 1.1 on Kubernetes (`k8s-experimental`), and those that it lacked (`k8s-extensions`). */
export function readKubernetesExtensions(options: ObjectReader, problems: Problems): KubernetesExtensions {
  const experimental = options.object("k8s-experimental");
  const extensions = options.object("k8s-extensions");
  const read = <Schema extends TSchema>(reader: ObjectReader | undefined, key: string, schema: Schema) => {
    const field = reader?.take(key);
    return field && checkSchema(schema, field, problems);
  };
  const result: KubernetesExtensions = {
    resources: read(experimental, "resources", ResourcesSchema) ?? {},
    resourcesPath: pathOf(experimental?.path ?? "", "resources"),
    security: read(experimental, "securityContext", PodSecuritySchema) ?? {},
    securityPath: pathOf(experimental?.path ?? "", "securityContext"),
    scheduling: withoutUndefined({
      nodeSelector: read(experimental, "nodeSelector", NodeSelectorSchema),
      strategy: read(experimental, "strategy", StrategySchema),
      tolerations: read(extensions, "tolerations", TolerationsSchema),
      affinity: read(extensions, "affinity", AffinitySchema),
      topologySpreadConstraints: read(extensions, "topologySpreadConstraints", TopologySpreadSchema),
      priorityClassName: read(extensions, "priorityClassName", PriorityClassSchema),
    }),
    paths: { experimental: experimental?.path ?? "", extensions: extensions?.path ?? "" },
    ...readReplicas(extensions, problems),
    volumes: experimental?.take("volumes"),
    claims: (read(extensions, "volumeClaims", VolumeClaimsSchema) ?? {}) as ModuleOptions["claims"],
    claimsPath: pathOf(extensions?.path ?? "", "volumeClaims"),
    annotations: extensions?.take("annotations"),
    service: read(experimental, "serviceOptions", ServiceOptionsSchema) ?? {},
    servicePath: pathOf(experimental?.path ?? "", "serviceOptions"),
    serverNames: read(extensions, "serverNames", ServerNamesSchema),
    user: extensions?.take("user"),
  };
  const { scheduling, stateless } = result;
  warnOfOverlap(result, pathOf(experimental?.path ?? "", "strategy"), problems);
  checkRollingUpdate(
    { strategy: scheduling.strategy, stateless },
    pathOf(experimental?.path ?? "", "strategy"),
    problems,
  );
  warnOfServerNames(result.serverNames ?? [], pathOf(extensions?.path ?? "", "serverNames"), problems);
  checkScheduling(scheduling, extensions?.path ?? "", problems);
  experimental?.warnOfRest();
  extensions?.warnOfRest();
  return result;
}

/** An update that starts new pods beside old ones has two of one identity, of which a hub throws one out. */
function warnOfOverlap({ scheduling, stateless }: KubernetesExtensions, path: string, problems: Problems): void {
  const { type, rollingUpdate } = scheduling.strategy ?? {};
  const isNoSurge = /^0%?$/.test(String(rollingUpdate?.maxSurge));
  if (type !== "RollingUpdate" || stateless || isNoSurge) return;
  const remedy = 'Leave it out, or write "stateless": true in k8s-extensions if two may run side by side.';
  problems.warn(path, "runs two pods of one identity side by side while the module is changed", remedy);
}

/** Two pods of one module share an identity, and mostly a volume, so that the module has to say that it can. */
function readReplicas(extensions: ObjectReader | undefined, problems: Problems) {
  const replicas = extensions?.integer("replicas", 1, maxReplicas) ?? 1;
  const stateless = extensions?.flag("stateless") ?? false;
  if (replicas > 1 && !stateless) {
    const path = pathOf(extensions?.path ?? "", "replicas");
    problems.error(path, say`${replicas} pods share one identity`, 'Write "stateless": true beside it if they can.');
  }
  return { replicas, stateless };
}

/** Brings together the ports that the module asks for and how its Service shall offer them. */
export function serviceOptionsOf(
  ports: readonly ServicePort[],
  { service, servicePath: path }: KubernetesExtensions,
  problems: Problems,
): Omit<ServiceOptions, "names"> {
  const { type = "ClusterIP", loadBalancerIP } = service;
  const chosen = new Map(Object.entries(service.nodePorts ?? {}).map(([key, port]) => [withProtocol(key), port]));
  const [only] = ports;
  if (service.nodePort !== undefined && only !== undefined) chosen.set(keyOf(only), service.nodePort);
  if (service.nodePort !== undefined && ports.length !== 1) {
    const message = say`${service.nodePort} is for a Service of one port, not of ${fixed(ports.length)}`;
    problems.error(`${path}.nodePort`, message, 'Write "nodePorts": {"443/tcp": 30443}.');
  }
  if (chosen.size > 0 && type === "ClusterIP") {
    problems.error(path, "chooses ports of nodes for type ClusterIP", 'Write "type": "NodePort" or "LoadBalancer".');
  }
  if (loadBalancerIP !== undefined && type !== "LoadBalancer") {
    problems.error(`${path}.loadBalancerIP`, say`stands beside type ${type}`, 'Write "type": "LoadBalancer".');
  }
  const offered = new Set(ports.map(keyOf));
  for (const key of Object.keys(service.nodePorts ?? {})) {
    if (!offered.has(withProtocol(key))) {
      problems.error(
        pathOf(`${path}.nodePorts`, key),
        say`${shown(key)} is no port of the module`,
        "Bind the port first.",
      );
    }
  }
  return {
    type,
    ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
    ports: ports.map((port) => {
      const nodePort = chosen.get(keyOf(port));
      return nodePort === undefined ? port : { ...port, nodePort };
    }),
  };
}

const withProtocol = (key: string) => (key.includes("/") ? key : `${key}/tcp`);
const keyOf = ({ port, protocol }: ServicePort) => `${port}/${protocol.toLowerCase()}`;

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
