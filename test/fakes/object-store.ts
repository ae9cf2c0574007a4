import { isDeepStrictEqual } from "node:util";
import type {
  Informer,
  Kind,
  KubernetesObject,
  ObjectStore,
  Selection,
} from "../../runtime/base/kubernetes-objects.ts";
import { kubernetesErrors } from "../../runtime/shared/kubernetes/errors.ts";

/** A write that reached the store. */
export interface Write {
  readonly verb: "apply" | "create" | "remove";
  readonly kind: string;
  readonly name: string;
}

type Plain = Record<string, unknown>;

/**
 * The objects of one namespace in memory, with what callers rely on in an API server: uid, resourceVersion and
 * generation, apply that merges and does nothing when nothing changes, label selectors, informers.
 */
export class FakeObjectStore implements ObjectStore {
  readonly namespace: string;
  /** Every write in order, no-op applies included. */
  readonly writes: Write[] = [];
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #informers = new Set<FakeInformer<KubernetesObject>>();
  #failure: Error | undefined;
  #version = 0;

  constructor(namespace = "edge-a") {
    this.namespace = namespace;
  }

  /** Makes the next call fail with `error`. */
  failNext(error: Error): void {
    this.#failure = error;
  }

  /** Puts an object there as somebody else would: not counted as a write. */
  put<T extends KubernetesObject>(object: T): T {
    const present = this.#objects.get(keyOf(object.kind, object.metadata.name));
    const stored = this.#stamp(structuredClone(object), present);
    this.#objects.set(keyOf(object.kind, object.metadata.name), stored);
    this.#notify();
    return structuredClone(stored) as T;
  }

  /** Takes an object away as somebody else would: not counted as a write. */
  take(kind: string, name: string): void {
    if (this.#objects.delete(keyOf(kind, name))) this.#notify();
  }

  async get<T extends KubernetesObject>(kind: Kind<T>, name: string): Promise<T | undefined> {
    this.#throwFailure();
    return structuredClone(this.#objects.get(keyOf(kind.kind, name))) as T | undefined;
  }

  async list<T extends KubernetesObject>(kind: Kind<T>, selection?: Selection): Promise<readonly T[]> {
    this.#throwFailure();
    return this.select(kind, selection);
  }

  async apply<T extends KubernetesObject>(object: T): Promise<T> {
    this.#record("apply", object.kind, object.metadata.name);
    const key = keyOf(object.kind, object.metadata.name);
    const present = this.#objects.get(key);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== present?.metadata.resourceVersion)
      throw kubernetesErrors.EDGE_KUBERNETES_CONFLICT({ verb: "patch", path: key, reason: "another version" });
    const merged = present === undefined ? structuredClone(object) : (merge(present, object) as T);
    if (present !== undefined && isDeepStrictEqual(merged, present)) return structuredClone(present) as T;
    const stored = this.#stamp(merged, present);
    this.#objects.set(key, stored);
    this.#notify();
    return structuredClone(stored) as T;
  }

  async create<T extends KubernetesObject>(object: T): Promise<T> {
    this.#record("create", object.kind, object.metadata.name);
    if (this.#objects.has(keyOf(object.kind, object.metadata.name))) throw new Error(`${object.metadata.name} exists`);
    return this.put(object);
  }

  async remove<T extends KubernetesObject>(kind: Kind<T>, name: string): Promise<void> {
    this.#record("remove", kind.kind, name);
    this.take(kind.kind, name);
  }

  /** An informer of this store: up to date at once, calls its listeners after each change. */
  informer<T extends KubernetesObject>(kind: Kind<T>, selection?: Selection): FakeInformer<T> {
    const informer = new FakeInformer(() => this.select(kind, selection));
    this.#informers.add(informer as unknown as FakeInformer<KubernetesObject>);
    return informer;
  }

  select<T extends KubernetesObject>(kind: Kind<T>, selection: Selection = {}): T[] {
    return [...this.#objects.values()]
      .filter((object) => object.kind === kind.kind && matches(object, selection))
      .map((object) => structuredClone(object) as T);
  }

  #record(verb: Write["verb"], kind: string, name: string): void {
    this.#throwFailure();
    this.writes.push({ verb, kind, name });
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #stamp<T extends KubernetesObject>(object: T, present: KubernetesObject | undefined): T {
    this.#version++;
    const sameSpec = present !== undefined && isDeepStrictEqual(specOf(present), specOf(object));
    object.metadata.namespace = this.namespace;
    object.metadata.uid = present?.metadata.uid ?? object.metadata.uid ?? `uid-${this.#version}`;
    object.metadata.resourceVersion = String(this.#version);
    object.metadata.generation = (present?.metadata.generation ?? 0) + (sameSpec ? 0 : 1);
    return object;
  }

  #notify(): void {
    for (const informer of this.#informers) informer.changed();
  }
}

/** What {@link FakeObjectStore.informer} gives. `freeze` makes it lag behind until `thaw`. */
export class FakeInformer<T extends KubernetesObject> implements Informer<T> {
  readonly #listeners = new Set<() => void>();
  readonly #read: () => readonly T[];
  #frozen: readonly T[] | undefined;
  lastContact = 0;

  constructor(read: () => readonly T[]) {
    this.#read = read;
  }

  async start(): Promise<void> {
    this.lastContact = 1;
  }

  stop(): void {
    this.#listeners.clear();
  }

  get(name: string): T | undefined {
    return this.list().find((object) => object.metadata.name === name);
  }

  list(): readonly T[] {
    return this.#frozen ?? this.#read();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    if (this.#frozen === undefined) for (const listener of this.#listeners) listener();
  }

  freeze(): void {
    this.#frozen = this.#read();
  }

  thaw(): void {
    this.#frozen = undefined;
    this.changed();
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function specOf(object: KubernetesObject): unknown {
  return (object as KubernetesObject & { spec?: unknown }).spec;
}

function merge(present: unknown, wanted: unknown): unknown {
  if (!isPlain(present) || !isPlain(wanted)) return structuredClone(wanted);
  const merged: Plain = structuredClone(present);
  for (const [key, value] of Object.entries(wanted)) merged[key] = merge(present[key], value);
  return merged;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Label selectors of the forms `key`, `key=value`, joined by commas; field selector `metadata.name=...`. */
function matches(object: KubernetesObject, { labelSelector, fieldSelector }: Selection): boolean {
  const name = /^metadata\.name=(.+)$/.exec(fieldSelector ?? "")?.[1];
  if (name !== undefined && object.metadata.name !== name) return false;
  const terms = labelSelector?.split(",") ?? [];
  return terms.every((term) => {
    const [key = "", value] = term.split("=");
    const label = object.metadata.labels?.[key];
    return value === undefined ? label !== undefined : label === value;
  });
}
