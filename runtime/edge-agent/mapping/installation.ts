import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ObjectMeta } from "#base";
import {
  type AgentSettings,
  annotations,
  type IotedgedSettings,
  moduleLabels,
  presentModuleObjectName,
} from "#contract";
import type { DevicePlace } from "#iot-hub";
import type { RegistryCredentials } from "#manifest";

/** What every module of an installation is mapped with. */
export interface Installation {
  readonly identity: IotedgedSettings & DevicePlace;
  readonly settings: AgentSettings;
  /** ServiceAccount `iotedged`, which owns all that EdgeAgent makes. */
  readonly owner: V1OwnerReference;
  /** Those of the manifest in force; the same object for as long as they stay the same. */
  readonly credentials: RegistryCredentials;
  /** Those of the namespace: a module that has one of its former name keeps that name. */
  readonly serviceAccounts?: Parameters<typeof presentModuleObjectName>[1];
}

/** Name of the objects of a module. */
export function objectNameOf(moduleId: string, { serviceAccounts }: Installation): string {
  return presentModuleObjectName(moduleId, serviceAccounts ?? new Map());
}

/** Metadata of an object of a module. */
export function moduleMetadata({ identity, owner }: Installation, name: string, moduleId: string): ObjectMeta {
  return {
    name,
    namespace: identity.installation.namespace,
    labels: moduleLabels(identity.installation.name, name),
    annotations: { [annotations.moduleId]: moduleId },
    ownerReferences: [owner],
  };
}
