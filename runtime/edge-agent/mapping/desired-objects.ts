import type { Module } from "#manifest";
import { type Service, type ServiceAccount, withDesiredHash } from "#shared";
import { type Installation, objectNameOf } from "./installation.ts";
import { servicesOf } from "./service.ts";
import { serviceAccountOf } from "./service-account.ts";
import { type Workload, workloadOf } from "./workload.ts";

/** The objects of a module as they should be, each with its hash. */
export interface DesiredObjects {
  readonly serviceAccount: ServiceAccount;
  readonly services: readonly Service[];
  /** Undefined until the module's identity is known. */
  readonly workload: Workload | undefined;
}

interface Made extends DesiredObjects {
  readonly name: string;
  readonly installation: Installation;
  readonly generationId: string | undefined;
}

/** By module: the object of a module is the same one as long as its part of the manifest does not change. */
const made = new WeakMap<Module, Made>();

/**
 * Maps a module to its objects, or recalls them: mapping and hashing is most of the work of a look at a namespace where
 * nothing has changed.
 *
 * @param generationId UID of the module's ServiceAccount; undefined while there is none
 */
export function desiredObjects(
  module: Module,
  installation: Installation,
  generationId: string | undefined,
): DesiredObjects {
  const known = made.get(module);
  const name = objectNameOf(module.id, installation);
  const isKnown = known?.generationId === generationId && known?.name === name;
  if (isKnown && known !== undefined && isSame(known.installation, installation)) return known;
  const objects = {
    name,
    installation,
    generationId,
    serviceAccount: withDesiredHash(serviceAccountOf(module, installation)),
    services: servicesOf(module, installation).map(withDesiredHash),
    workload: generationId === undefined ? undefined : withDesiredHash(workloadOf(module, installation, generationId)),
  };
  made.set(module, objects);
  return objects;
}

/** Settings and identity are replaced as a whole when their files change. */
function isSame(one: Installation, other: Installation): boolean {
  return (
    one.settings === other.settings &&
    one.identity === other.identity &&
    one.credentials === other.credentials &&
    one.owner.uid === other.owner.uid
  );
}
