/** Kind of object, by the names that the API uses. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Names one object. */
export interface ObjectRef extends Kind {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** An object as the API server has it. */
export interface LiveObject extends Kind {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly {
      readonly uid: string;
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the kind; readers narrow it
  readonly [key: string]: any;
}

export interface Selection {
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Most objects that are read, where anybody in a namespace can make any number of them; default: all. */
  readonly most?: number | undefined;
}

/** The calls of the Kubernetes API that deploying needs. Failures are `EdgeError`s of `kubernetesErrors`. */
export interface Cluster {
  /** For messages. */
  readonly context: string;
  readonly server: string;
  /** Server-side apply with `force`, under the field manager `edgectl`. */
  apply(object: ObjectToApply): Promise<LiveObject>;
  /** As `apply`, unless it has become another since `live` was read: then undefined. */
  applyOver(live: LiveObject, object: ObjectToApply): Promise<LiveObject | undefined>;
  /** Undefined where there is one of this name already. */
  create(object: ObjectToApply): Promise<LiveObject | undefined>;
  /** Undefined where there is none. */
  get(ref: ObjectRef): Promise<LiveObject | undefined>;
  /** The object without its content, which does not leave the API server. Undefined where there is none. */
  getMetadata(ref: ObjectRef): Promise<LiveObject | undefined>;
  list(kind: Kind, selection?: Selection): Promise<readonly LiveObject[]>;
  /** Deletes the object of that uid and no later one of the same name. One that is gone already is no error. */
  delete(object: LiveObject, propagation: "Background" | "Foreground"): Promise<void>;
  /** The version that the cluster prefers, and whether the kind is namespaced. Undefined where it is not served. */
  resolve(
    group: string,
    kind: string,
  ): Promise<{ readonly apiVersion: string; readonly namespaced: boolean } | undefined>;
}

export interface ObjectToApply extends Kind {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export function refOf(object: ObjectToApply | LiveObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** `Role.rbac.authorization.k8s.io edge-a/edgeagent` */
export function describeRef(ref: ObjectRef): string {
  const group = groupOf(ref.apiVersion);
  const kind = group === "" ? ref.kind : `${ref.kind}.${group}`;
  return `${kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
