import { isJsonObject } from "#base";
import { rbacGroup } from "./opaque-kinds.ts";
import type { Content } from "./read-object.ts";

/** What SOPS writes in the place of a value, and what the Vault plugin of Argo CD puts one for. */
const pattern = /ENC\[[A-Z0-9_]+,|<path:[^>]*>/;

const isEncrypted = (value: unknown) => typeof value === "string" && pattern.test(value);

/** Whether a value that decides what an object is can be read by who delivers it alone. */
export const hasEncryptedType = ({ apiVersion, kind }: Content): boolean =>
  isEncrypted(apiVersion) || isEncrypted(kind);

/**
 * Whether such a value may bring access: any one of an RBAC object, the name of a ConfigMap, the type of a Secret. What else
 * is encrypted is data.
 */
export function hidesAccess(raw: Content, group: string, kind: string): boolean {
  if (group === rbacGroup) return pattern.test(JSON.stringify(raw));
  if (group !== "") return false;
  const { name, namespace }: Content = isJsonObject(raw.metadata) ? raw.metadata : {};
  return (
    (kind === "ConfigMap" && (isEncrypted(name) || isEncrypted(namespace))) ||
    (kind === "Secret" && isEncrypted(raw.type))
  );
}

/** Reads on from the object's name. */
export const isEncryptedText =
  "holds encrypted values, which Flux or a plugin of Argo CD decrypts; pass what it is decrypted to";
