import { createHash } from "node:crypto";
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
import { Fields, holdsPlaceholder, isRecord } from "./fields.ts";
import { isOpaque, rbacGroup, rbacVersion } from "./opaque-kinds.ts";
import { type Identity, readBinding, readLabels, readRole } from "./read-object.ts";

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

/** Gathers the access control of one cluster from raw objects of any kind; those without RBAC are passed over. */
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
    if (!isRecord(raw) || typeof raw.kind !== "string") return;
    if (raw.kind.endsWith("List") && Array.isArray(raw.items)) {
      for (const [index, item] of raw.items.entries()) this.addItem(raw, item, index, provenance);
      return;
    }
    this.count += 1;
    const [group, version] = this.apiVersionOf(raw, provenance);
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
    const [group] = this.apiVersionOf(raw, provenance);
    if (group === rbacGroup || isOpaque(group, raw.kind)) this.note(raw, "", reason, provenance);
  }

  /** What such an object does is not known, but an equal one does the same, unless it draws on other files. */
  private noteWhole(raw: Readonly<Record<string, unknown>>, reason: UnresolvedReason, provenance: Provenance): void {
    const comparable = raw.apiVersion !== "kustomize.config.k8s.io/v1beta1" && !holdsPlaceholder(raw);
    const identity = comparable ? createHash("sha256").update(JSON.stringify(raw)).digest("hex") : provenance.identity;
    this.note(raw, "", reason, { ...provenance, identity });
  }

  private note(
    raw: Readonly<Record<string, unknown>>,
    path: string,
    reason: UnresolvedReason,
    provenance: Provenance,
  ): void {
    const { origin, identity } = provenance;
    const object = nameOf(raw);
    this.unresolved.push({ reason, object, path, detail: details[reason], identity: `${identity}#${path}`, origin });
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

  /** A role that forgot its API version would be refused by the API server; it must not be passed over here. */
  private apiVersionOf(
    raw: Readonly<Record<string, unknown>>,
    { origin }: Provenance,
  ): [group: string, version: string] {
    const { apiVersion, kind } = raw;
    if (typeof apiVersion !== "string") {
      const looksLikeRbac = /^(Cluster)?Role(Binding)?$/.test(String(kind));
      if (looksLikeRbac) new Fields(nameOf(raw), placeOf(origin), () => {}).fail("apiVersion", "is missing");
      return ["?", ""];
    }
    const slash = apiVersion.indexOf("/");
    return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  }

  /** Items of a typed list (`RoleList`) carry no kind of their own when they come from the API. */
  private addItem(list: Readonly<Record<string, unknown>>, item: unknown, index: number, provenance: Provenance): void {
    if (!isRecord(item)) return;
    const kind = String(list.kind).slice(0, -"List".length);
    const typed = kind === "" ? item : { apiVersion: list.apiVersion, kind, ...item };
    this.add(typed, { ...provenance, identity: `${provenance.identity}/${index}` });
  }

  private addRbac(raw: Readonly<Record<string, unknown>>, kind: string, provenance: Provenance): void {
    const report = (path: string, reason: UnresolvedReason) => this.note(raw, path, reason, provenance);
    const fields = new Fields(nameOf(raw), placeOf(provenance.origin), report);
    const identity = this.identify(raw, kind.startsWith("Cluster"), fields, provenance.origin);
    if (identity === undefined) return;
    if (kind === "ServiceAccount") this.accounts.set(`${identity.namespace}/${identity.name}`, identity);
    if (kind === "Role" || kind === "ClusterRole") this.keep(this.roles, readRole(kind, raw, identity, fields));
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return;
    const binding = readBinding(kind, raw, identity, fields);
    if (binding !== undefined) this.keep(this.bindings, binding);
  }

  /** An object whose name is not known still grants, so it is kept; one whose namespace is not known cannot be placed. */
  private identify(
    raw: Readonly<Record<string, unknown>>,
    clusterScoped: boolean,
    fields: Fields,
    origin: Origin,
  ): Identity | undefined {
    const metadata = fields.record(raw.metadata, "metadata");
    if (metadata === undefined) return undefined;
    const stem = fields.text(metadata.generateName, "metadata.generateName", "");
    const name = stem
      ? `${stem}${this.standIn(origin)}`
      : (fields.text(metadata.name, "metadata.name") ?? this.standIn(origin));
    const labels = readLabels(metadata.labels, "metadata.labels", fields) ?? {};
    if (clusterScoped) return { namespace: "", name, labels, origin };
    const fallback = this.options.defaultNamespace ?? "default";
    const namespace = fields.text(metadata.namespace, "metadata.namespace", fallback);
    return namespace === undefined ? undefined : { namespace: namespace || fallback, name, labels, origin };
  }

  /** In place of a name that only the API server will give: the logical name in Pulumi, else the place in the input. */
  private standIn({ urn }: Origin): string {
    return `(${urn?.split("::").at(-1) ?? this.count})`;
  }

  private keep<T extends Role | Binding>(map: Map<string, T>, object: T): void {
    const key = describeObject(object);
    const known = map.get(key);
    if (known !== undefined && !sameContent(known, object)) {
      const [first, second] = [placeOf(known.origin), placeOf(object.origin)];
      throw rbacErrors.EDGE_RBAC_OBJECT_DUPLICATE({ object: key, first, second });
    }
    map.set(key, object);
  }
}

function sameContent(a: object, b: object): boolean {
  return JSON.stringify({ ...a, origin: undefined }) === JSON.stringify({ ...b, origin: undefined });
}

function nameOf(raw: Readonly<Record<string, unknown>>): string {
  const metadata = isRecord(raw.metadata) ? raw.metadata : {};
  const namespace = typeof metadata.namespace === "string" ? metadata.namespace : "";
  const name = typeof metadata.name === "string" ? metadata.name : "(no name)";
  return describeObject({ kind: String(raw.kind), namespace, name });
}

/** `file:line`, or the logical name in a Pulumi URN. */
export function placeOf({ file, line, urn }: Origin): string {
  if (file !== undefined) return line === undefined ? file : `${file}:${line}`;
  return urn?.split("::").at(-1) ?? "this input";
}
