import { componentLabels, fieldManagers, labels, type VolumeSettings } from "#contract";
import type { ClaimOptions, Module } from "#manifest";
import { isLess, type PersistentVolumeClaim } from "#shared";
import type { Installation } from "./installation.ts";

/** A claim that modules name. */
export interface WantedClaim {
  readonly name: string;
  /** The first module that names it: failures are told of this one. */
  readonly moduleId: string;
  readonly options: ClaimOptions;
}

/** The claims that modules name, each once. */
export function wantedClaims(modules: readonly Module[]): readonly WantedClaim[] {
  const wanted = new Map<string, WantedClaim>();
  for (const { id, container, claims } of modules) {
    for (const { persistentVolumeClaim } of container.volumes) {
      const name = persistentVolumeClaim?.claimName;
      if (name === undefined) continue;
      const known = wanted.get(name);
      wanted.set(name, { name, moduleId: known?.moduleId ?? id, options: { ...known?.options, ...claims[name] } });
    }
  }
  return [...wanted.values()];
}

/**
 * The claim as it should be. Of one that is there already the size alone changes, and only upwards: the API server
 * takes nothing else, and less would be lost data. A claim that is to be retained has no owner to be deleted with.
 *
 * @param live the claim as it is
 */
export function claimOf(
  { name, options }: WantedClaim,
  { identity, settings, owner }: Installation,
  live: PersistentVolumeClaim | undefined,
): PersistentVolumeClaim {
  const { volumes } = settings.modules;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace: identity.installation.namespace,
      labels: {
        ...componentLabels("module", identity.installation.name),
        [labels.managedBy]: fieldManagers.edgeAgent,
      },
      ...(volumes.deletion === "delete" ? { ownerReferences: [owner] } : {}),
    },
    spec: live === undefined ? newSpec(options, volumes) : grownSpec(live, options.size ?? volumes.size),
  };
}

type Spec = NonNullable<PersistentVolumeClaim["spec"]>;

function newSpec(options: ClaimOptions, volumes: VolumeSettings): Spec {
  const storageClassName = options.storageClassName ?? volumes.storageClassName;
  return {
    accessModes: [options.accessMode ?? volumes.accessMode],
    ...(storageClassName === undefined ? {} : { storageClassName }),
    resources: { requests: { storage: options.size ?? volumes.size } },
  };
}

function grownSpec({ spec }: PersistentVolumeClaim, size: string): Spec {
  const present = spec?.resources?.requests?.storage;
  const { accessModes, storageClassName } = spec ?? {};
  return {
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(storageClassName === undefined ? {} : { storageClassName }),
    resources: { requests: { storage: present === undefined || isLess(present, size) ? size : present } },
  };
}
