import { renderErrors } from "./errors.ts";
import { formatPath, isMap, type Path, type PropertyMap, type Revealed } from "./values.ts";

/** A Kubernetes object as the program declares it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** An object and where it comes from. */
export interface RenderedObject {
  readonly urn: string;
  readonly object: KubernetesObject;
  /** Paths of values that must not be shown. In a Secret all of `data` and `stringData`. */
  readonly secrets: readonly Path[];
  /** Paths of values that only a deployment finds out; empty unless the rendering is a preview. */
  readonly unknowns: readonly Path[];
}

/** What a resource takes from its provider. */
export interface KubernetesProvider {
  readonly namespace?: string;
}

/** Kinds of Kubernetes itself that no namespace holds. */
const clusterScopedKinds: ReadonlySet<string> = new Set([
  "APIService",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "CSIDriver",
  "CSINode",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "IngressClass",
  "IPAddress",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "ServiceCIDR",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

/** Groups of the SDK's components, which expand charts and files. */
const compositeGroups: ReadonlySet<string> = new Set(["helm.sh", "kustomize", "yaml"]);

/** Whether the token is that of one plain object: no list, no patch of a foreign object, no chart or YAML file. */
export function isKubernetesObjectType(type: string): boolean {
  const match = /^kubernetes:([^:]+):([A-Z]\w*)$/.exec(type);
  if (match === null) return false;
  const [, group = "", kind = ""] = match;
  const isObject = /\/v\d+((alpha|beta)\d+)?$/.test(group) && !/(List|Patch)$/.test(kind);
  return isObject && !compositeGroups.has(group.split("/")[0] ?? "");
}

/**
 * Checks and completes the object that a resource declares: the name is explicit, the namespace is that of the
 * provider unless it is given, a ConfigMap holds no secret.
 */
export function toKubernetesObject(urn: string, inputs: Revealed, provider: KubernetesProvider): RenderedObject {
  const { apiVersion, kind, metadata, ...rest } = inputs.value as PropertyMap;
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    throw renderErrors.EDGE_RENDER_UNSUPPORTED_VALUE({ urn, path: "apiVersion and kind", kind: "not both given" });
  }
  if (!isMap(metadata) || typeof metadata.name !== "string" || metadata.name === "") {
    throw renderErrors.EDGE_RENDER_NAME_MISSING({ urn });
  }
  const exposed = inputs.secrets[0];
  if (kind === "ConfigMap" && exposed !== undefined) {
    throw renderErrors.EDGE_RENDER_SECRET_IN_CONFIGMAP({ urn, path: formatPath(exposed) });
  }
  const object = { apiVersion, kind, metadata: completeMetadata(apiVersion, kind, metadata, provider), ...rest };
  return {
    urn,
    object: object as KubernetesObject,
    secrets: kind === "Secret" && apiVersion === "v1" ? [["data"], ["stringData"]] : inputs.secrets,
    unknowns: inputs.unknowns,
  };
}

/** Identity of an object in its cluster, for messages and for comparison. */
export function describeObject(object: KubernetesObject): string {
  const { name, namespace } = object.metadata;
  const group = object.apiVersion.includes("/") ? `.${object.apiVersion.split("/")[0]}` : "";
  return `${object.kind}${group} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** Whether the group is one of Kubernetes itself rather than of a CustomResourceDefinition. */
export function isBuiltInGroup(apiVersion: string): boolean {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  return !group.includes(".") || group.endsWith(".k8s.io");
}

function completeMetadata(apiVersion: string, kind: string, metadata: PropertyMap, provider: KubernetesProvider) {
  const { name, namespace, ...rest } = metadata;
  if (namespace !== undefined || clusterScopedKinds.has(kind)) return metadata;
  const inherited = provider.namespace ?? (isBuiltInGroup(apiVersion) ? "default" : undefined);
  return inherited === undefined ? metadata : { name, namespace: inherited, ...rest };
}
