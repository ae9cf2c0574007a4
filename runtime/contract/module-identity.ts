import { createHash } from "node:crypto";
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
const hashLength = 12;
const dnsLabel = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const endsLikeHash = /-[0-9a-f]{12}$/;

/**
 * Name of the ServiceAccount, Deployment and Service of a module: a DNS label (RFC 1035) of at most 63 characters.
 *
 * The mapping is injective. An id that is such a label already keeps its name; any other is sanitized and gets the
 * first 48 bits of its SHA-256, as do ids that would take a reserved name or that look as if they carried a hash.
 *
 * @example
 * moduleObjectName("sensor")    // "sensor"
 * moduleObjectName("$edgeHub")  // "edgehub"
 * moduleObjectName("Sensor")    // "sensor-8f3f1b3d5b7c"
 */
export function moduleObjectName(moduleId: string): string {
  const fixed = fixedNames.get(moduleId);
  if (fixed !== undefined) return fixed;
  const plain =
    dnsLabel.test(moduleId) &&
    moduleId.length <= maxLabelLength &&
    !reservedNames.has(moduleId) &&
    !endsLikeHash.test(moduleId);
  if (plain) return moduleId;
  const hash = createHash("sha256").update(moduleId, "utf8").digest("hex").slice(0, hashLength);
  const stem = moduleId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, maxLabelLength - hashLength - 1)
    .replace(/-+$/, "");
  return `${stem || "module"}-${hash}`;
}

/**
 * Whether a ServiceAccount of that name may act as `moduleId`. The id stands in an annotation, which whoever may edit
 * ServiceAccounts could change; the name is what the API server vouches for.
 */
export function isModuleServiceAccount(serviceAccountName: string, moduleId: string): boolean {
  return moduleObjectName(moduleId) === serviceAccountName;
}
