import { createHash } from "node:crypto";
import { groupOf, type LiveObject, type ObjectToApply } from "../kubernetes/index.ts";

/**
 * ApplySet, the specification of Kubernetes for tools that prune (KEP-3659): a parent object says which kinds in which
 * namespaces a deployment consists of, and its members carry the parent's id as a label.
 */
export const applySetKeys = {
  id: "applyset.kubernetes.io/id",
  partOf: "applyset.kubernetes.io/part-of",
  tooling: "applyset.kubernetes.io/tooling",
  groupKinds: "applyset.kubernetes.io/contains-group-kinds",
  namespaces: "applyset.kubernetes.io/additional-namespaces",
  /** Not of the specification: roots of installations whose first deployment has begun. */
  firstRoots: "iotedge.dev/first-roots",
} as const;

const tool = "edgectl";
const toolVersion = "v0.1.0";

/** Where the members of an ApplySet may be. */
export interface Scope {
  /** `Kind` or `Kind.group`. */
  readonly groupKinds: ReadonlySet<string>;
  /** Namespaces of members. */
  readonly namespaces: ReadonlySet<string>;
}

export interface ParentRef {
  readonly name: string;
  readonly namespace: string;
}

/** The parent of a stack's objects: ConfigMap `iotedge-<stack>`. */
export function parentOf(stack: string, namespace = "default"): ParentRef {
  // Names of stacks may have what names of objects may not; the hash keeps them apart.
  const plain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(stack);
  const hash = createHash("sha256").update(stack).digest("hex").slice(0, 8);
  const stem = stack
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return { name: plain ? `iotedge-${stack}` : `iotedge-${stem}-${hash}`, namespace };
}

/** The Lease by which rollouts lock the stack: beside the record of what the stack has deployed. */
export function rolloutLeaseOf({ name, namespace }: ParentRef): ParentRef {
  return { namespace, name: `${name}-rollout` };
}

/** `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1` */
export function applySetId(parent: ParentRef): string {
  const identity = `${parent.name}.${parent.namespace}.ConfigMap.`;
  return `applyset-${createHash("sha256").update(identity).digest("base64url")}-v1`;
}

/** @param firstRoots text of the annotation; without it, none */
export function parentObject(parent: ParentRef, scope: Scope, firstRoots?: string): ObjectToApply {
  const others = [...scope.namespaces].filter((namespace) => namespace !== parent.namespace).sort();
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: parent.name,
      namespace: parent.namespace,
      labels: { [applySetKeys.id]: applySetId(parent), "app.kubernetes.io/managed-by": tool },
      annotations: {
        [applySetKeys.tooling]: `${tool}/${toolVersion}`,
        [applySetKeys.groupKinds]: [...scope.groupKinds].sort().join(","),
        [applySetKeys.namespaces]: others.join(","),
        ...(firstRoots !== undefined && { [applySetKeys.firstRoots]: firstRoots }),
      },
    },
  };
}

/** Whether the live object is the parent that edgectl made. */
export function isOwnParent(live: LiveObject, parent: ParentRef): boolean {
  const { labels, annotations } = live.metadata;
  const [name] = (annotations?.[applySetKeys.tooling] ?? "").split("/");
  return labels?.[applySetKeys.id] === applySetId(parent) && name === tool;
}

/** What the parent says of its members. */
export function scopeOfParent(live: LiveObject): Scope {
  const read = (key: string) => (live.metadata.annotations?.[key] ?? "").split(",").filter((item) => item !== "");
  const { namespace } = live.metadata;
  return {
    groupKinds: new Set(read(applySetKeys.groupKinds)),
    namespaces: new Set([...read(applySetKeys.namespaces), ...(namespace === undefined ? [] : [namespace])]),
  };
}

export function scopeOfObjects(objects: readonly ObjectToApply[]): Scope {
  const namespaces = objects.map(({ metadata }) => metadata.namespace).filter((item) => item !== undefined);
  return { groupKinds: new Set(objects.map(groupKindOf)), namespaces: new Set(namespaces) };
}

export function unite(a: Scope, b: Scope): Scope {
  return {
    groupKinds: new Set([...a.groupKinds, ...b.groupKinds]),
    namespaces: new Set([...a.namespaces, ...b.namespaces]),
  };
}

export function groupKindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const group = groupOf(apiVersion);
  return group === "" ? kind : `${kind}.${group}`;
}

/** Kind and group of an entry of the parent's list. */
export function parseGroupKind(text: string): { readonly kind: string; readonly group: string } {
  const [kind = "", ...group] = text.split(".");
  return { kind, group: group.join(".") };
}

/** The object as a member of the set. */
export function asMember(object: ObjectToApply, parent: ParentRef): ObjectToApply {
  const labels = { ...(object.metadata.labels as object | undefined), [applySetKeys.partOf]: applySetId(parent) };
  return { ...object, metadata: { ...object.metadata, labels } };
}

export function isMember(live: LiveObject, parent: ParentRef): boolean {
  return live.metadata.labels?.[applySetKeys.partOf] === applySetId(parent);
}
