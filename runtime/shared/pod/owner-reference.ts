import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ServiceAccount } from "../kubernetes/kinds.ts";

/**
 * Reference to the ServiceAccount `iotedged`, the owner of all that is made at run time: no update replaces it, and
 * deleting the installation deletes it and so the rest.
 */
export function ownerReference(serviceAccount: ServiceAccount): V1OwnerReference {
  const { name, uid } = serviceAccount.metadata;
  if (uid === undefined) throw new Error(`ServiceAccount ${name} was not read from an API server: it has no uid`);
  return { apiVersion: serviceAccount.apiVersion, kind: serviceAccount.kind, name, uid };
}
