import type { V1ObjectMeta } from "@kubernetes/client-node";

/** A type of the Kubernetes client as JSON carries it: time stamps are RFC 3339 strings, not `Date`. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

/** What every Kubernetes object has. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export type ObjectMeta = Wire<V1ObjectMeta> & { name: string };

/** A kind of namespaced object that the runtime works with. */
export interface Kind<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Never set: carries the object's type. */
  readonly type?: T;
}

/** Narrows a list or watch. Selectors in the API's own syntax. */
export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/**
 * The namespaced objects of one namespace, as the runtime reads and writes them. Answers of the API server that are
 * not asked for (403, 409, 5xx, no connection) are thrown as `EdgeError` with the request's verb and path, never with
 * a token.
 */
export interface ObjectStore {
  readonly namespace: string;
  /** The object, or undefined when there is none. */
  get<T extends KubernetesObject>(kind: Kind<T>, name: string): Promise<T | undefined>;
  list<T extends KubernetesObject>(kind: Kind<T>, selection?: Selection): Promise<readonly T[]>;
  /** Server-side apply with `force`, under the store's field manager. Creates what is not there. */
  apply<T extends KubernetesObject>(object: T): Promise<T>;
  create<T extends KubernetesObject>(object: T): Promise<T>;
  /**
   * Deletes in the background: dependents follow. An object that is gone already is no error.
   *
   * @param propagation `Foreground`: the object stays, being deleted, until its dependents are gone
   */
  remove<T extends KubernetesObject>(
    kind: Kind<T>,
    name: string,
    propagation?: "Background" | "Foreground",
  ): Promise<void>;
}

/**
 * A local copy of a selection, kept by list and watch: relists on 410, restarts a watch that stays silent, backs off
 * with full jitter.
 */
export interface Informer<T> {
  /** Resolves after the first complete list; rejects only when `stop` is called before. */
  start(): Promise<void>;
  stop(): void;
  get(name: string): T | undefined;
  list(): readonly T[];
  /** Called after each change, and after each relist; never concurrently with itself. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
  /** Milliseconds since the epoch of the last event or list, by the injected clock; 0 before the first. */
  readonly lastContact: number;
}
