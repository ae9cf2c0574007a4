import { isIP } from "node:net";
import { canonicalHost, isOfAnyCluster, objectNames, systemModuleIds } from "#contract";
import { serviceHostNames } from "./host-names.ts";

/** The module that asks, and what it is known by. */
export interface NamedModule {
  readonly moduleId: string;
  /** Name of its Service. */
  readonly objectName: string;
  readonly podName: string;
  /** What its containers take for the name of their host, where that is not the pod's name. */
  readonly hostname: string | undefined;
  /** Names that the deployment manifest allots to it. */
  readonly allotted: readonly string[];
  /** Names of its Services beside the object's. */
  readonly serviceNames: readonly string[];
}

/** What an installation's names are made of. */
export interface NamingOfInstallation {
  readonly namespace: string;
  readonly gatewayHostname: string;
  readonly hubHostname: string;
}

/** What a certificate is good for. */
export interface GrantedNames {
  readonly commonName: string;
  /** In canonical form, each once. */
  readonly hosts: readonly string[];
}

/** Why a name is refused. */
export type NameRule = keyof typeof nameRules;

export interface RefusedName {
  readonly rule: NameRule;
  /** In canonical form. */
  readonly host: string;
}

/** Rules by which names are refused, with what they say. The last one is for what nobody has allotted. */
export const nameRules = {
  "name-of-runtime": "it is a name of iotedged or EdgeAgent",
  "name-of-gateway": "it is the gateway's name, which is for $edgeHub alone",
  "name-of-hub": "it is the name of the IoT Hub",
  "name-of-service": "it can be the name of another Service of the cluster, of one that is not there yet, too",
  "name-not-allotted": "it is not the module's own, and the deployment manifest does not allot it",
} as const;

/** X.520's limit. A longer name stands in the alternative names only. */
const maxCommonName = 64;

/**
 * Which names a module's server certificate is good for, when it asks for `commonName`; the one place that decides it.
 *
 * - a name of its own Services: for all of these,
 * - its id, its pod's name or host name, which SDKs ask for and which nobody else can reach it by: as if it had asked for
 *   its Service,
 * - the gateway's name, as `$edgeHub`, and names that are allotted to it: for these and those of its Service.
 *
 * @returns undefined when `commonName` is no name that a certificate can have
 */
export function serverNamesFor(
  commonName: string,
  module: NamedModule,
  installation: NamingOfInstallation,
): GrantedNames | RefusedName | undefined {
  const { objectName, moduleId, podName, hostname, serviceNames } = module;
  const taken = ruleAgainst(objectName, module, installation);
  if (taken !== undefined) return { rule: taken, host: objectName };
  const further = serviceNames.filter((name) => ruleAgainst(name, module, installation) === undefined);
  const own = [objectName, ...further].flatMap((name) => serviceHostNames(name, installation.namespace));
  const asked = canonicalHost(commonName);
  const named = commonName.length <= maxCommonName ? commonName : objectName;
  if (asked !== undefined && own.includes(asked)) return { commonName: named, hosts: own };
  const isAsked = (name: string | undefined) => name?.toLowerCase() === commonName.toLowerCase();
  // The common name counts for some clients, so it is none that somebody else can have.
  if ([moduleId, podName, hostname].some(isAsked)) return { commonName: objectName, hosts: own };
  if (asked === undefined) return undefined;
  const rule = ruleAgainst(asked, module, installation) ?? ruleWithoutAllotment(asked, module, installation);
  return rule === undefined ? { commonName: named, hosts: [asked, ...own] } : { rule, host: asked };
}

/** What keeps a name from a module, whoever allots it. */
function ruleAgainst(host: string, module: NamedModule, installation: NamingOfInstallation): NameRule | undefined {
  const { namespace, gatewayHostname, hubHostname } = installation;
  const runtime = [objectNames.iotedged, objectNames.edgeAgent].filter((name) => name !== module.objectName);
  if (runtime.some((name) => isServiceName(host, name, namespace))) return "name-of-runtime";
  if (host === canonicalHost(gatewayHostname)) return isGateway(module) ? undefined : "name-of-gateway";
  return host === canonicalHost(hubHostname) ? "name-of-hub" : undefined;
}

function ruleWithoutAllotment(
  host: string,
  module: NamedModule,
  { namespace, gatewayHostname }: NamingOfInstallation,
): NameRule | undefined {
  if (host === canonicalHost(gatewayHostname)) return undefined;
  if (isOfCluster(host, namespace)) return "name-of-service";
  return module.allotted.some((name) => canonicalHost(name) === host) ? undefined : "name-not-allotted";
}

function isGateway({ moduleId }: NamedModule): boolean {
  return moduleId === systemModuleIds.edgeHub;
}

/** Whether the host is a name of that Service, in a cluster of any domain. */
function isServiceName(host: string, service: string, namespace: string): boolean {
  return serviceHostNames(service, namespace).includes(host) || host.startsWith(`${service}.${namespace}.svc.`);
}

/** Whether a resolver in the namespace may take the host for a Service of the cluster, or for a pod of one. */
function isOfCluster(host: string, namespace: string): boolean {
  return isOfAnyCluster(host) || (isIP(host) === 0 && host.endsWith(`.${namespace}`));
}
