import {
  type Cluster,
  describeRef,
  groupOf,
  type LiveObject,
  type ObjectRef,
  type ObjectToApply,
  refOf,
} from "../../infra/kubernetes/kubernetes-types.ts";

const clusterScoped: ReadonlySet<string> = new Set(["Namespace", "ClusterRole", "ClusterRoleBinding"]);

/** A cluster in memory: keeps objects, collects what has lost its owner, and remembers what was asked of it. */
export class FakeCluster implements Cluster {
  readonly context = "fake";
  readonly server = "https://fake";
  /** Writes in order, such as `apply ConfigMap a/b`. */
  readonly log: string[] = [];
  readonly #objects = new Map<string, LiveObject>();
  #uids = 0;

  /** Puts an object there, as somebody else would. */
  put(object: ObjectToApply, more: Partial<LiveObject["metadata"]> = {}): LiveObject {
    this.#uids += 1;
    const resourceVersion = String(this.#uids);
    const metadata = { uid: `uid-${this.#uids}`, ...object.metadata, ...more, resourceVersion };
    const live = { ...object, metadata } as LiveObject;
    this.#objects.set(describeRef(refOf(live)), live);
    return live;
  }

  names(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  apply(object: ObjectToApply): Promise<LiveObject> {
    this.log.push(`apply ${describeRef(refOf(object))}`);
    const known = this.#objects.get(describeRef(refOf(object)));
    return Promise.resolve(this.put(object, known === undefined ? {} : { uid: known.metadata.uid }));
  }

  applyOver(live: LiveObject, object: ObjectToApply): Promise<LiveObject | undefined> {
    const known = this.#objects.get(describeRef(refOf(object)));
    const isSame = known?.metadata.resourceVersion === live.metadata.resourceVersion;
    return isSame ? this.apply(object) : Promise.resolve(undefined);
  }

  create(object: ObjectToApply): Promise<LiveObject | undefined> {
    const ref = describeRef(refOf(object));
    if (this.#objects.has(ref)) return Promise.resolve(undefined);
    this.log.push(`create ${ref}`);
    return Promise.resolve(this.put(object));
  }

  get(ref: ObjectRef): Promise<LiveObject | undefined> {
    return Promise.resolve(this.#objects.get(describeRef(ref)));
  }

  async getMetadata(ref: ObjectRef): Promise<LiveObject | undefined> {
    const found = await this.get(ref);
    return found && { apiVersion: found.apiVersion, kind: found.kind, metadata: found.metadata };
  }

  list: Cluster["list"] = (kind, { namespace, labelSelector } = {}) => {
    const wanted = (labelSelector ?? "").split(",").filter((item) => item !== "");
    const isSelected = ({ metadata }: LiveObject) =>
      wanted.every((item) => {
        const [key = "", value] = item.split("=");
        return metadata.labels?.[key] === value;
      });
    const found = [...this.#objects.values()]
      .filter((object) => object.kind === kind.kind && object.apiVersion === kind.apiVersion)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    return Promise.resolve(found.filter(isSelected));
  };

  delete(object: LiveObject): Promise<void> {
    const key = describeRef(refOf(object));
    this.log.push(`delete ${key}`);
    if (this.#objects.get(key)?.metadata.uid === object.metadata.uid) this.#objects.delete(key);
    this.#collectGarbage();
    return Promise.resolve();
  }

  resolve: Cluster["resolve"] = (group, kind) => {
    const known = [...this.#objects.values()].find(
      (object) => object.kind === kind && groupOf(object.apiVersion) === group,
    );
    if (known === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ apiVersion: known.apiVersion, namespaced: !clusterScoped.has(kind) });
  };

  #collectGarbage(): void {
    const uids = new Set([...this.#objects.values()].map(({ metadata }) => metadata.uid));
    for (const [key, { metadata, kind }] of this.#objects) {
      const owners = metadata.ownerReferences ?? [];
      const orphaned = owners.length > 0 && !owners.some(({ uid }) => uids.has(uid));
      const homeless =
        kind !== "Namespace" && metadata.namespace !== undefined && !this.#hasNamespace(metadata.namespace);
      if (!orphaned && !homeless) continue;
      this.#objects.delete(key);
      this.#collectGarbage();
      return;
    }
  }

  /** Namespaces that were never put there are taken for granted. */
  #hasNamespace(name: string): boolean {
    return this.#objects.has(`Namespace ${name}`) || !this.log.includes(`delete Namespace ${name}`);
  }
}
