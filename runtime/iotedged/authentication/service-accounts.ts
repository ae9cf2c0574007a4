import type { Informer, ObjectStore } from "#base";
import { type ServiceAccount, serviceAccounts } from "#shared";

/** Finds ServiceAccounts of the namespace. */
export interface ServiceAccountDirectory {
  /** The account of that name, if it still is the one with that uid. */
  find(name: string, uid: string): Promise<ServiceAccount | undefined>;
}

/** Looks into the informer first, and asks the API server for what is newer than that. */
export function createServiceAccountDirectory(options: {
  readonly informer: Informer<ServiceAccount>;
  readonly store: ObjectStore;
}): ServiceAccountDirectory {
  const { informer, store } = options;
  return {
    find: async (name, uid) => {
      const known = informer.get(name);
      if (known?.metadata.uid === uid) return known;
      const current = await store.get(serviceAccounts, name);
      return current?.metadata.uid === uid ? current : undefined;
    },
  };
}
