import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ObjectMeta } from "#base";
import {
  type AgentSettings,
  annotations,
  componentLabels,
  fieldManagers,
  type IotedgedSettings,
  labels,
} from "#contract";
import type { RegistryCredentials } from "#manifest";

/** What every module of an installation is mapped with. */
export interface Installation {
  readonly identity: IotedgedSettings;
  readonly settings: AgentSettings;
  /** ServiceAccount `iotedged`, which owns all that EdgeAgent makes. */
  readonly owner: V1OwnerReference;
  /** Those of the manifest in force; the same object for as long as they stay the same. */
  readonly credentials: RegistryCredentials;
}

/** Labels that the selector of a module's Deployment and Service are made of; they never change. */
export function moduleSelector(installation: string, name: string): Record<string, string> {
  return { [labels.instance]: installation, [labels.module]: name };
}

/** Labels of every object of a module, its pods among them. */
export function moduleLabels(installation: string, name: string): Record<string, string> {
  return {
    ...componentLabels("module", installation),
    [labels.managedBy]: fieldManagers.edgeAgent,
    [labels.module]: name,
  };
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
