import { createHash } from "node:crypto";
import { annotations } from "./labels.ts";
import { objectNames, proxyContainer } from "./names.ts";

/** Ids of IoT Edge's own two modules, and the key of each in a deployment manifest's `systemModules`. */
export const systemModuleIds = { edgeAgent: "$edgeAgent", edgeHub: "$edgeHub" } as const;

const fixedNames: ReadonlyMap<string, string> = new Map([
  [systemModuleIds.edgeAgent, "edgeagent"],
  [systemModuleIds.edgeHub, "edgehub"],
]);
/** Names of other objects and containers, and of the ServiceAccount that every namespace has. */
const reservedNames: ReadonlySet<string> = new Set([
  ...fixedNames.values(),
  objectNames.iotedged,
  proxyContainer,
  "default",
]);

const maxLabelLength = 63;
/** Digits of the hash in a name: 80 bits, so that nobody finds two ids of one name. */
const hashDigits = 20;
/** What it was before: 48 bits, for which two ids of one name are found in minutes. */
const formerHashDigits = 12;
const dnsLabel = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const endsLikeFormerHash = /-[0-9a-f]{12}$/;
const endsLikeHash = /-(?:[0-9a-f]{12}|[0-9a-f]{20})$/;

/**
 * Name of the ServiceAccount, Deployment and Service of a module: a DNS label (RFC 1035) of at most 63 characters.
 *
 * The mapping is injective. An id that is such a label already keeps its name; any other is sanitized and gets the
 * first 80 bits of its SHA-256 in hexadecimal digits, as do ids that would take a reserved name or that look as if they
 * carried a hash. Digits of base 32 would be fewer, but many ids end in 16 small letters, and none in 20 such digits.
 *
 * @example
 * moduleObjectName("sensor")    // "sensor"
 * moduleObjectName("$edgeHub")  // "edgehub"
 * moduleObjectName("Sensor")    // "sensor-162cc64ca1e4ffe9b906"
 */
export function moduleObjectName(moduleId: string): string {
  return fixedNames.get(moduleId) ?? encode(moduleId, hashDigits, endsLikeHash);
}

/** The name that {@link moduleObjectName} gave before hashes had 80 bits; the same one for ids that get no hash. */
export function formerModuleObjectName(moduleId: string): string {
  return fixedNames.get(moduleId) ?? encode(moduleId, formerHashDigits, endsLikeFormerHash);
}

/** What tells which module an object belongs to. */
interface ServiceAccountMetadata {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/**
 * The name under which the objects of a module are: {@link moduleObjectName}, or the former name for as long as there is a
 * ServiceAccount of that name that was made for this very module. Its UID is the module's generation, so that a module
 * with another account would have other keys. A module of another id never gets the account, whatever its hash.
 */
export function presentModuleObjectName(
  moduleId: string,
  serviceAccounts: { get(name: string): ServiceAccountMetadata | undefined },
): string {
  const name = moduleObjectName(moduleId);
  const former = formerModuleObjectName(moduleId);
  if (former === name) return name;
  const { metadata } = serviceAccounts.get(former) ?? {};
  return metadata?.annotations?.[annotations.moduleId] === moduleId ? former : name;
}

/**
 * Whether a ServiceAccount of that name may act as `moduleId`. The id stands in an annotation, which whoever may edit
 * ServiceAccounts could change; the name is what the API server vouches for.
 */
export function isModuleServiceAccount(serviceAccountName: string, moduleId: string): boolean {
  return moduleObjectName(moduleId) === serviceAccountName || formerModuleObjectName(moduleId) === serviceAccountName;
}

/**
 * Name of the further Service by which others find a module whose id is no name itself: the one of its objects without the
 * hash. Several ids can have one such name, which then is nobody's. Undefined for an id that is a name already, and where
 * nothing usable is left of the id.
 *
 * @example
 * moduleServiceName("OpcPlc")      // "opcplc"
 * moduleServiceName("Sensor One")  // "sensor-one"
 */
export function moduleServiceName(moduleId: string): string | undefined {
  if (moduleObjectName(moduleId) === moduleId || fixedNames.has(moduleId)) return undefined;
  const name = stemOf(moduleId, maxLabelLength);
  return isServiceName(name) ? name : undefined;
}

/**
 * Name of the Service by which a module is reached from outside of the cluster, where the installation publishes ports.
 *
 * @param objectName name of the module's objects
 */
export function publishedServiceName(objectName: string): string {
  return moduleObjectName(`${objectName}-published`);
}

/** Whether a module may be found by the name: a DNS label that is none of the runtime's and does not look like one with a hash. */
export function isServiceName(name: string): boolean {
  return isPlain(name, endsLikeHash);
}

function encode(moduleId: string, digits: number, looksHashed: RegExp): string {
  if (isPlain(moduleId, looksHashed)) return moduleId;
  const hash = createHash("sha256").update(moduleId, "utf8").digest("hex").slice(0, digits);
  return `${stemOf(moduleId, maxLabelLength - digits - 1) || "module"}-${hash}`;
}

function isPlain(name: string, looksHashed: RegExp): boolean {
  return dnsLabel.test(name) && name.length <= maxLabelLength && !reservedNames.has(name) && !looksHashed.test(name);
}

function stemOf(moduleId: string, length: number): string {
  return moduleId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, length)
    .replace(/-+$/, "");
}
