import { type RegisteredIdentity, systemModuleIds } from "#contract";
import { type ModuleKeys, managedByIotEdge, type RegisteredModule } from "#iot-hub";

/** A module that exists here, and the keys that iotedged signs with for it. */
export interface WantedIdentity {
  readonly moduleId: string;
  readonly generationId: string;
  readonly keys: ModuleKeys;
}

/** One write to the hub's registry. */
export type Step =
  | { readonly action: "create" | "update"; readonly moduleId: string; readonly keys: ModuleKeys }
  | { readonly action: "delete"; readonly moduleId: string };

export interface Plan {
  /** In the order in which they are to be made. */
  readonly steps: readonly Step[];
  /** Of each module that exists here. */
  readonly identities: readonly RegisteredIdentity[];
}

export interface Facts {
  readonly wanted: readonly WantedIdentity[];
  /** What the hub has, by module id. */
  readonly registered: ReadonlyMap<string, RegisteredModule>;
  /** Modules that were here, and are gone with all that ran them. */
  readonly gone: ReadonlySet<string>;
  /** Keys that the hub has refused to take, by module id: not asked for again. */
  readonly refused: ReadonlyMap<string, ModuleKeys>;
}

const systemModules: ReadonlySet<string> = new Set(Object.values(systemModuleIds));

/** A hub makes these with a device of IoT Edge, and nobody else does: without them the device is none. */
export const comesWithDevice = (moduleId: string) => systemModules.has(moduleId);

/**
 * What is to be written so that the hub has the keys that iotedged signs with. Identities of others are never touched, and
 * only those are deleted whose module was here: a hub may have made one already for a module that comes, and a device that
 * has moved here has its modules' twins.
 */
export function planIdentities({ wanted, registered, gone, refused }: Facts): Plan {
  const identities = wanted.map(({ moduleId, generationId, keys }): RegisteredIdentity => {
    const known = registered.get(moduleId);
    const state = (): RegisteredIdentity["state"] => {
      if (known === undefined && comesWithDevice(moduleId)) return "refused";
      if (known !== undefined && hasKeys(known, keys)) return "ready";
      if (known !== undefined && isForeign(known)) return "foreign";
      return sameKeys(refused.get(moduleId), keys) ? "refused" : "waiting";
    };
    return { moduleId, generationId, state: state() };
  });
  const waiting = new Set(identities.filter(({ state }) => state === "waiting").map(({ moduleId }) => moduleId));
  const writes = wanted
    .filter(({ moduleId }) => waiting.has(moduleId))
    .map(({ moduleId, keys }): Step => ({ action: registered.has(moduleId) ? "update" : "create", moduleId, keys }));
  const isWanted = new Set(wanted.map(({ moduleId }) => moduleId));
  const deletions = [...registered.values()]
    .filter((one) => gone.has(one.moduleId) && !isWanted.has(one.moduleId) && isDeletable(one))
    .map(({ moduleId }): Step => ({ action: "delete", moduleId }));
  const isOfRuntime = ({ moduleId }: Step) => comesWithDevice(moduleId);
  // Before others are made: a device has room for 50.
  const steps = [
    ...writes.filter(isOfRuntime),
    ...deletions,
    ...writes.filter((one) => !isOfRuntime(one) && one.action === "update"),
    ...writes.filter((one) => !isOfRuntime(one) && one.action === "create"),
  ];
  return { steps, identities };
}

/** Somebody else's, or one with a credential of which nobody says that it is IoT Edge's. */
function isForeign({ moduleId, managedBy, hasCredential }: RegisteredModule): boolean {
  if (comesWithDevice(moduleId)) return false;
  return managedBy === undefined ? hasCredential : !isIotEdges(managedBy);
}

function isDeletable({ moduleId, managedBy = "", usesKeys }: RegisteredModule): boolean {
  return isIotEdges(managedBy) && usesKeys && !comesWithDevice(moduleId);
}

/** Tools write it in other letters, too. */
function isIotEdges(managedBy: string): boolean {
  return managedBy.toLowerCase() === managedByIotEdge.toLowerCase();
}

function hasKeys({ usesKeys, keys }: RegisteredModule, wanted: ModuleKeys): boolean {
  return usesKeys && sameKeys(keys, wanted);
}

function sameKeys(one: ModuleKeys | undefined, other: ModuleKeys): boolean {
  return one !== undefined && one.primary === other.primary && one.secondary === other.secondary;
}
