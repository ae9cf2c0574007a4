import { createHash } from "node:crypto";
import { isJsonObject } from "#base";
import { cleanLine } from "../../terminal/index.ts";
import { rbacErrors } from "../errors.ts";
import {
  type Binding,
  type ClusterObjects,
  describeObject,
  type Origin,
  type Role,
  type ServiceAccountRef,
  type TokenSecret,
  type Unresolved,
  type UnresolvedReason,
  type Workload,
} from "../model/objects.ts";
import { hasEncryptedType, hidesAccess, isEncryptedText } from "./encrypted.ts";
import { Fields, holdsPlaceholder, WrongShape } from "./fields.ts";
import { type ForeignProblem, foreignProblem, problemByName } from "./foreign.ts";
import { isOpaque, rbacGroup, rbacVersion } from "./opaque-kinds.ts";
import { PermissionLimit } from "./permission-limit.ts";
import { readTokenSecret, readWorkload } from "./read-holder.ts";
import {
  type Content,
  describeContent,
  placeOf,
  readApiVersion,
  readBinding,
  readIdentity,
  readRole,
} from "./read-object.ts";
import { fillsIn, variableIn, variableInType, variableToOpaque } from "./variables.ts";

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
  /** The file in which the object stands as it is: its name may say what tools take it for. @default none: it was rendered */
  readonly file?: string;
  /** Stands for all that another tool makes of this file, and what that reads. @default not known */
  readonly reads?: string;
}

const details: Readonly<Record<UnresolvedReason, string>> = {
  secret: "is a Pulumi secret; secrets do not belong into RBAC objects",
  unknown: "is not known before the update",
  "unknown-api-version": "has an API version that no supported API server knows",
  opaque: "makes or changes objects at deploy time that do not stand in this input; pass rendered manifests",
  unreadable: "is not what the API server takes",
  "missing-role": "refers to a role that does not stand in this input",
  "aggregation-cycle": "takes over rules in a circle",
};

/** Gathers the access control of one cluster from raw objects of any kind, and skips those without RBAC. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #roles = new Map<string, Role>();
  readonly #bindings = new Map<string, Binding>();
  readonly #accounts = new Map<string, ServiceAccountRef>();
  readonly #workloads = new Map<string, Workload>();
  readonly #tokenSecrets = new Map<string, TokenSecret>();
  readonly #unresolved: Unresolved[] = [];
  /** What makes other objects, by its place in the list above: it may read ConfigMaps and Secrets for that. */
  readonly #makers = new Map<number, Content>();
  readonly #settings: Content[] = [];
  readonly #told = new Set<string>();
  readonly #limit = new PermissionLimit();
  /** How many objects of any kind were seen. */
  count = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /**
   * Adds an object, or all objects of a list. What is no object of Kubernetes, or has a shape that the API server would
   * refuse, is noted as unresolved.
   *
   * @throws EDGE_RBAC_OBJECT_DUPLICATE when two different objects have one name
   * @throws EDGE_RBAC_DOCUMENT_EXCESSIVE for a role of too many permissions
   */
  add(raw: unknown, provenance: Provenance): void {
    const { file } = provenance;
    const typeUnknown = isJsonObject(raw) ? whyTypeUnknown(raw) : undefined;
    if (isJsonObject(raw) && typeUnknown !== undefined) {
      this.#noteUnknown(raw, typeUnknown, provenance);
      return;
    }
    if (!isJsonObject(raw) || typeof raw.kind !== "string" || raw.kind === "") {
      this.#noteForeign(foreignProblem(raw, file), raw, provenance);
      return;
    }
    const byName = problemByName(raw, file);
    // Whatever kind a Chart.yaml says it is of, Helm takes it for one.
    if (byName !== undefined && !isOpaque(readGroup(raw), raw.kind, raw)) this.#noteForeign(byName, raw, provenance);
    // Kubectl takes whatever has items for a list, not only what is called one.
    if (Array.isArray(raw.items)) {
      for (const [index, item] of typedItems(raw, raw.items).entries())
        this.add(item, { ...provenance, identity: `${provenance.identity}/${index}` });
      // Pulumi and other tools take it for what its kind says.
      if (raw.kind.endsWith("List")) return;
    }
    this.count += 1;
    try {
      this.#addObject(raw, raw.kind, provenance);
    } catch (error) {
      if (!(error instanceof WrongShape)) throw error;
      const detail = `${error.message}, so the API server would refuse the object`;
      this.#note(raw, error.path, "unreadable", { ...provenance, identity: hashOf(raw) }, detail);
    }
  }

  /** Adds an object of which nothing but its type and name is known. */
  addWhole(
    raw: { readonly apiVersion: string; readonly kind: string; readonly metadata: object },
    reason: UnresolvedReason,
    provenance: Provenance,
  ): void {
    this.count += 1;
    const [group] = readApiVersion(raw);
    if (group === rbacGroup || isOpaque(group, raw.kind)) this.#note(raw, "", reason, provenance);
  }

  /**
   * Notes a document of which no object could be made.
   *
   * @param problem reads on from "a document of x.yaml", such as "is no valid YAML"
   * @param identity equal where the documents make the same
   * @param content equal for equal documents, where these may make something else
   */
  noteDocument(problem: string, identity: string, { origin }: Provenance, content?: string): void {
    const object = `a document of ${origin.file ?? placeOf(origin)}`;
    const known = content === undefined ? {} : { content };
    this.#pushUnresolved({ reason: "unreadable", object, path: "", detail: problem, identity, ...known, origin });
  }

  /**
   * Notes what makes objects that do not stand in the input.
   *
   * @param problem reads on from the name
   */
  noteMaker(name: string, problem: string, { origin, identity }: Provenance): void {
    this.count += 1;
    this.#pushUnresolved({ reason: "unknown", object: name, path: "", detail: problem, identity, origin });
  }

  objects(): ClusterObjects {
    return {
      cluster: this.#options.cluster,
      roles: [...this.#roles.values()],
      bindings: [...this.#bindings.values()],
      serviceAccounts: [...this.#accounts.values()],
      workloads: [...this.#workloads.values()],
      tokenSecrets: [...this.#tokenSecrets.values()],
      unresolved: this.#withSettings(),
      complete: this.#options.complete ?? false,
    };
  }

  #noteForeign(foreign: ForeignProblem | undefined, raw: unknown, provenance: Provenance): void {
    const { identity, reads = identity } = provenance;
    if (foreign?.readsFiles) this.noteDocument(foreign.problem, reads, provenance, hashOf(raw));
    else if (foreign !== undefined) this.noteDocument(foreign.problem, hashOf(raw), provenance);
  }

  #keepRole(role: Role): void {
    this.#limit.add(role);
    keep(this.#roles, role);
  }

  /** What such an object grants is unknown. Equal ones grant the same, unless they read other files. */
  #noteWhole(raw: Content, reason: UnresolvedReason, provenance: Provenance): void {
    const [group] = readApiVersion(raw);
    const comparable = group !== "kustomize.config.k8s.io" && !holdsPlaceholder(raw);
    const identity = comparable ? hashOf(raw) : (provenance.reads ?? provenance.identity);
    this.#makers.set(this.#unresolved.length, raw);
    this.#note(raw, "", reason, { ...provenance, identity });
  }

  /** What makes objects of ConfigMaps and Secrets makes the same of the same ones alone. */
  #withSettings(): readonly Unresolved[] {
    if (this.#makers.size === 0 || this.#settings.length === 0) return this.#unresolved;
    const byName = Map.groupBy(this.#settings, ({ metadata }) => (isJsonObject(metadata) ? metadata.name : undefined));
    return this.#unresolved.map((one, index) => {
      const maker = this.#makers.get(index);
      const named = maker === undefined ? [] : [...textsIn(maker)].flatMap((text) => byName.get(text) ?? []);
      return named.length === 0 ? one : { ...one, identity: hashOf([one.identity, ...named.map(hashOf).sort()]) };
    });
  }

  #note(
    raw: Content,
    path: string,
    reason: UnresolvedReason,
    { origin, identity }: Provenance,
    detail = details[reason],
  ): void {
    const object = describeContent(raw);
    this.#pushUnresolved({ reason, object, path, detail, identity: `${identity}#${path}`, origin });
  }

  /** One that stands in a file many times, maybe by aliases, is told once. */
  #pushUnresolved(one: Unresolved): void {
    const key = `${one.identity}\n${one.object}\n${one.origin.file ?? ""}`;
    if (one.reason === "unreadable") {
      if (this.#told.has(key)) return;
      this.#told.add(key);
    }
    this.#unresolved.push(one);
  }

  #addObject(raw: Content, kind: string, provenance: Provenance): void {
    const [group, version] = readApiVersion(raw);
    if (isOpaque(group, kind, raw)) this.#noteWhole(raw, "opaque", provenance);
    else if (group === rbacGroup && version !== rbacVersion) this.#noteWhole(raw, "unknown-api-version", provenance);
    else if (group === rbacGroup || (group === "" && kind === "ServiceAccount")) this.#addRbac(raw, kind, provenance);
    else {
      const variable = variableToOpaque(raw, kind);
      if (variable !== undefined) this.#noteUnknown(raw, fillsIn(variable), provenance);
      if (hidesAccess(raw, group, kind)) this.#noteUnknown(raw, isEncryptedText, provenance);
      this.#addHolder(raw, group, kind);
    }
  }

  #noteUnknown(raw: Content, detail: string, provenance: Provenance): void {
    this.#note(raw, "", "unknown", { ...provenance, identity: hashOf(raw) }, detail);
  }

  /** What hands over a ServiceAccount's rights. It grants nothing, so that what is not known about it is left out. */
  #addHolder(raw: Content, group: string, kind: string): void {
    const { defaultNamespace = "default" } = this.#options;
    const workload = readWorkload(raw, group, kind, defaultNamespace);
    if (group === "" && (kind === "ConfigMap" || kind === "Secret")) this.#settings.push(raw);
    if (workload !== undefined) this.#workloads.set(describeObject(workload), workload);
    const secret = group === "" && kind === "Secret" ? readTokenSecret(raw, defaultNamespace) : undefined;
    if (secret !== undefined) this.#tokenSecrets.set(`${secret.namespace}/${secret.name}`, secret);
  }

  #addRbac(raw: Content, kind: string, provenance: Provenance): void {
    const report = (path: string, reason: UnresolvedReason) => this.#note(raw, path, reason, provenance);
    const fields = new Fields(report);
    const { defaultNamespace = "default" } = this.#options;
    const scope = kind.startsWith("Cluster") ? "cluster" : { defaultNamespace };
    const variable = kind === "ServiceAccount" ? undefined : variableIn(raw);
    if (variable !== undefined) this.#noteUnknown(raw, fillsIn(variable), provenance);
    if (hidesAccess(raw, rbacGroup, kind) && kind !== "ServiceAccount")
      this.#noteUnknown(raw, isEncryptedText, provenance);
    const identity = readIdentity(raw, scope, fields, { origin: provenance.origin, position: this.count });
    if (identity === undefined) return;
    if (kind === "ServiceAccount") this.#accounts.set(`${identity.namespace}/${identity.name}`, identity);
    if (kind === "Role" || kind === "ClusterRole") this.#keepRole(readRole(kind, raw, identity, fields));
    if (kind !== "RoleBinding" && kind !== "ClusterRoleBinding") return;
    const binding = readBinding(kind, raw, identity, fields);
    if (binding !== undefined) keep(this.#bindings, binding);
  }
}

function whyTypeUnknown(raw: Content): string | undefined {
  const variable = variableInType(raw);
  if (variable !== undefined) return fillsIn(variable);
  return hasEncryptedType(raw) ? isEncryptedText : undefined;
}

/** Items of a typed list (`RoleList`) carry no kind of their own when they come from the API. */
function typedItems({ kind, apiVersion }: Content, items: readonly unknown[]): readonly unknown[] {
  const itemKind = String(kind).replace(/List$/, "");
  if (itemKind === "") return items;
  const isBare = (item: Content) => !isFilled(item.kind) && !isFilled(item.apiVersion);
  return items.map((item) => (isJsonObject(item) && isBare(item) ? { ...item, apiVersion, kind: itemKind } : item));
}

const isFilled = (value: unknown) => typeof value === "string" && value !== "";

/** All distinct texts in a value. Aliases share values, so that each counts once. */
function textsIn(content: object): Set<string> {
  const texts = new Set<string>();
  const seen = new Set<object>([content]);
  for (const value of seen) {
    for (const part of Object.values(value)) {
      if (typeof part === "string") texts.add(part);
      else if (typeof part === "object" && part !== null) seen.add(part);
    }
  }
  return texts;
}

const readGroup = ({ apiVersion }: Content) => (typeof apiVersion === "string" ? (apiVersion.split("/")[0] ?? "") : "");

const hashOf = (content: unknown) => createHash("sha256").update(JSON.stringify(content)).digest("hex");

function keep<T extends Role | Binding>(map: Map<string, T>, object: T): void {
  const key = describeObject(object);
  const known = map.get(key);
  if (known !== undefined && !sameContent(known, object)) {
    const [first, second] = [cleanLine(placeOf(known.origin)), cleanLine(placeOf(object.origin))];
    throw rbacErrors.EDGE_RBAC_OBJECT_DUPLICATE({ object: cleanLine(key), first, second });
  }
  map.set(key, object);
}

function sameContent(a: object, b: object): boolean {
  return JSON.stringify({ ...a, origin: undefined }) === JSON.stringify({ ...b, origin: undefined });
}
