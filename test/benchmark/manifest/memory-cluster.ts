import { setImmediate } from "node:timers/promises";
import { objectNames } from "#contract";
import type { Informer, KubernetesObject, ObjectStore } from "../../../runtime/base/kubernetes-objects.ts";
import type { Informers } from "../../../runtime/edge-agent/informers.ts";

type Stored = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

/**
 * A namespace in memory that answers a call only after others had their turn, as a network does. What goes over it is
 * written and read as JSON, for EdgeAgent does that, too.
 */
export function createMemoryCluster() {
  const kinds = new Map<string, ReturnType<typeof createKind>>();
  const kindOf = (kind: string) => {
    const known = kinds.get(kind) ?? createKind();
    kinds.set(kind, known);
    return known;
  };
  let version = 0;

  function put(object: KubernetesObject): KubernetesObject {
    const stored = JSON.parse(JSON.stringify(object)) as KubernetesObject;
    stored.metadata.uid ??= kindOf(object.kind).get(object.metadata.name)?.metadata.uid ?? `uid-${version}`;
    stored.metadata.resourceVersion = `${++version}`;
    kindOf(object.kind).set(stored);
    return stored;
  }

  const store = {
    namespace: "edge-a",
    apply: async (object: KubernetesObject) => {
      await setImmediate();
      return put(object);
    },
    create: async (object: KubernetesObject) => {
      JSON.stringify(object);
      await setImmediate();
      return object;
    },
    remove: async ({ kind }: { readonly kind: string }, name: string) => {
      await setImmediate();
      kindOf(kind).delete(name);
    },
  } as unknown as ObjectStore;
  const informer = (kind: string) => kindOf(kind).informer as Informer<never>;
  const informers: Informers = {
    manifest: informer("ConfigMap"),
    serviceAccounts: informer("ServiceAccount"),
    services: informer("Service"),
    deployments: informer("Deployment"),
    pods: informer("Pod"),
    jobs: informer("Job"),
    claims: informer("PersistentVolumeClaim"),
    pullSecret: informer("Secret"),
  };
  return { store, informers, put, status: () => kindOf("ConfigMap").get(objectNames.status)?.data?.["status.json"] };
}

function createKind() {
  const objects = new Map<string, Stored>();
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const informer: Informer<KubernetesObject> = {
    start: async () => {},
    stop: () => {},
    get: (name: string) => objects.get(name),
    list: () => [...objects.values()],
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lastContact: Date.now(),
  };
  return {
    informer,
    get: (name: string) => objects.get(name),
    set(object: Stored): void {
      objects.set(object.metadata.name, object);
      changed();
    },
    delete(name: string): void {
      if (objects.delete(name)) changed();
    },
  };
}
