import type { Informer } from "#base";
import {
  annotations,
  generationIdOf,
  isModuleServiceAccount,
  moduleServiceName,
  objectNames,
  presentModuleObjectName,
  systemModuleIds,
} from "#contract";
import type { ServiceAccount } from "#shared";

/** A module that has proven who it is. */
export interface ModuleIdentity {
  /** As IoT Edge knows it: `$edgeAgent`, `sensor`. */
  readonly moduleId: string;
  /** Name of its ServiceAccount, Deployment and Service. */
  readonly objectName: string;
  /** As `generationIdOf` says: a module that was deleted and made again gets other keys. */
  readonly generationId: string;
  readonly podName: string;
  readonly podUid: string;
}

/**
 * The module that a ServiceAccount stands for; undefined when for none. The annotation is believed only when the name
 * is the one that its module id must have. EdgeAgent's name is reserved, so its account needs no annotation.
 */
export function moduleIdOf(serviceAccount: ServiceAccount): string | undefined {
  const { name, annotations: notes } = serviceAccount.metadata;
  if (name === objectNames.edgeAgent) return systemModuleIds.edgeAgent;
  const moduleId = notes?.[annotations.moduleId];
  if (!moduleId || !isModuleServiceAccount(name, moduleId)) return undefined;
  return moduleId;
}

/**
 * Names beyond its own that the deployment manifest allots to the module, for server certificates; none where the account
 * is not that of the module's generation.
 */
export function allottedNames(serviceAccount: ServiceAccount | undefined, generationId: string): readonly string[] {
  return listIn(serviceAccount, generationId, annotations.serverNames);
}

/**
 * Names of the module's Services beside that of its objects. Of those that the annotation says, only the one is believed
 * that is made of the module's id: whoever may edit accounts could write the name of another module there.
 */
export function serviceNamesOf(serviceAccount: ServiceAccount | undefined, generationId: string): readonly string[] {
  const moduleId = serviceAccount && moduleIdOf(serviceAccount);
  const name = moduleId && moduleServiceName(moduleId);
  return listIn(serviceAccount, generationId, annotations.serviceNames).filter((one) => one === name);
}

function listIn(
  serviceAccount: ServiceAccount | undefined,
  generationId: string,
  annotation: string,
): readonly string[] {
  const { metadata } = serviceAccount ?? {};
  if (metadata === undefined || generationIdOf(metadata) !== generationId) return [];
  const text = metadata.annotations?.[annotation] ?? "";
  return text.split(",").filter((name) => name !== "");
}

/** The generation of a module that exists now; undefined for any other id. */
export function generationOf(
  moduleId: string,
  serviceAccounts: Pick<Informer<ServiceAccount>, "get">,
): string | undefined {
  const account = serviceAccounts.get(presentModuleObjectName(moduleId, serviceAccounts));
  return account !== undefined && moduleIdOf(account) === moduleId ? generationIdOf(account.metadata) : undefined;
}
