import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ObjectMeta } from "#base";
import { type AgentSettings, annotations, type IotedgedSettings, moduleLabels } from "#contract";
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
