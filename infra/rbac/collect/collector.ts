import { createHash } from "node:crypto";
import { isJsonObject } from "#base";
import { rbacErrors } from "../errors.ts";
import {
  type Binding,
  type ClusterObjects,
  describeObject,
  type Origin,
  type Role,
  type ServiceAccountRef,
  type Unresolved,
  type UnresolvedReason,
} from "../model/objects.ts";
import { Fields, holdsPlaceholder } from "./fields.ts";
import { isOpaque, rbacGroup, rbacVersion } from "./opaque-kinds.ts";
import {
  type Content,
  describeContent,
  placeOf,
  readApiVersion,
  readBinding,
  readIdentity,
  readRole,
} from "./read-object.ts";

export interface CollectorOptions {
  readonly cluster: string;
  /** Namespace of namespaced objects that name none. @default "default" */
  readonly defaultNamespace?: string;
  readonly complete?: boolean;
}

/** What the source knows about one object beyond its content. */
export interface Provenance {
  readonly origin: Origin;
  /**
   * Stands for the object's unknown values: the same on both sides of a diff exactly when these did not change.
   */
  readonly identity: string;
}

const details: Readonly<Record<UnresolvedReason, string>> = {
  secret: "is a Pulumi secret; secrets do not belong into RBAC objects",
  unknown: "is not known before the update",
  "unknown-api-version": "has an API version that no supported API server knows",
  opaque: "makes or changes objects at deploy time that do not stand in this input; pass rendered manifests",
  "missing-role": "refers to a role that does not stand in this input",
  "aggregation-cycle": "takes over rules in a circle",
};

/** Gathers the access control of one cluster from raw objects of any kind, and skips those without RBAC. */
export class Collector {
  private readonly options: CollectorOptions;
  private readonly roles = new Map<string, Role>();
  private readonly bindings = new Map<string, Binding>();
  private readonly accounts = new Map<string, ServiceAccountRef>();
  private readonly unresolved: Unresolved[] = [];
  /** How many objects of any kind were seen. */
  count = 0;

  constructor(options: CollectorOptions) {
    this.options = options;
  }

  /**
   * @throws EDGE_RBAC_OBJECT_INVALID for an RBAC object of a wrong shape
   * @throws EDGE_RBAC_OBJECT_DUPLICATE when two different objects have one name
   */
  add(raw: unknown, provenance: Provenance): void {
    if (!isJsonObject(raw) || typeof raw.kind !== "string") return;
    if (raw.kind.endsWith("List") && Array.isArray(raw.items)) {
      for (const [index, item] of typedItems(raw, raw.items).entries())
        this.add(item, { ...provenance, identity: `${provenance.identity}/${index}` });
      return;
    }
    this.count += 1;
    const [group, version] = readApiVersion(raw, provenance.origin);
    const isRbac = group === rbacGroup || (group === "" && raw.kind === "ServiceAccount");
    if (isOpaque(group, raw.kind)) this.noteWhole(raw, "opaque", provenance);
    else if (group === rbacGroup && version !== rbacVersion) this.noteWhole(raw, "unknown-api-version", provenance);
    else if (isRbac) this.addRbac(raw, raw.kind, provenance);
  }

  /** Adds an object of which nothing but its type and name is known. */
  addWhole(
    raw: { readonly apiVersion: string; readonly kind: string; readonly metadata: object },
    reason: UnresolvedReason,
    provenance: Provenance,
  ): void {
    this.count += 1;
    const [group] = readApiVersion(raw, provenance.origin);
    if (group === rbacGroup || isOpaque(group, raw.kind)) this.note(raw, "", reason, provenance);
  }

  objects(): ClusterObjects {
    return {
      cluster: this.options.cluster,
      roles: [...this.roles.values()],
      bindings: [...this.bindings.values()],
      serviceAccounts: [...this.accounts.values()],
      unresolved: this.unresolved,
      complete: this.options.complete ?? false,
    };
  }

  /** What such an object grants is unknown. Equal ones grant the same, unless they read other files. */
  private noteWhole(raw: Content, reason: UnresolvedReason, provenance: Provenance): void {
    const comparable = raw.apiVersion !== "kustomize.config.k8s.io/v1beta1" && !holdsPlaceholder(raw);
    const identity = comparable ? createHash("sha256").update(JSON.stringify(raw)).digest("hex") : provenance.identity;
    this.note(raw, "", reason, { ...provenance, identity });
  }

  private note(raw: Content, path: string, reason: UnresolvedReason, { origin, identity }: Provenance): void {
    const object = describeContent(raw);
    this.unresolved.push({ reason, object, path, detail: details[reason], identity: `${identity}#${path}`, origin });
  }

  private addRbac(raw: Content, kind: string, provenance: Provenance): void {
    const report = (path: string, reason: UnresolvedReason) => this.note(raw, path, reason, provenance);
    const fields = new Fields(describeContent(raw), placeOf(provenance.origin), report);
    const { defaultNamespace = "default" } = this.options;
    const scope = kind.startsWith("Cluster") ? "cluster" : { defaultNamespace };
    const identity = readIdentity(raw, scope, fields, { origin: provenance.origin, position: this.count });
    if (identity === undefined) return;
    if (kind === "ServiceAccount") this.accounts.set(`${identity.namespace}/${identity.name}`, identity);
    if (kind === "Role" || kind === "ClusterRole") keep(this.roles, readRole(kind, raw, identity, fields));
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return;
    const binding = readBinding(kind, raw, identity, fields);
    if (binding !== undefined) keep(this.bindings, binding);
  }
}

/** Items of a typed list (`RoleList`) carry no kind of their own when they come from the API. */
function typedItems({ kind, apiVersion }: Content, items: readonly unknown[]): readonly unknown[] {
  const itemKind = String(kind).slice(0, -"List".length);
  if (itemKind === "") return items;
  return items.map((item) => (isJsonObject(item) ? { apiVersion, kind: itemKind, ...item } : item));
}

function keep<T extends Role | Binding>(map: Map<string, T>, object: T): void {
  const key = describeObject(object);
  const known = map.get(key);
  if (known !== undefined && !sameContent(known, object)) {
    const [first, second] = [placeOf(known.origin), placeOf(object.origin)];
    throw rbacErrors.EDGE_RBAC_OBJECT_DUPLICATE({ object: key, first, second });
  }
  map.set(key, object);
}

function sameContent(a: object, b: object): boolean {
  return JSON.stringify({ ...a, origin: undefined }) === JSON.stringify({ ...b, origin: undefined });
}
