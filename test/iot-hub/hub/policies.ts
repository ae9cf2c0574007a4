import { randomBytes } from "node:crypto";

export type Right = "RegistryRead" | "RegistryWrite" | "ServiceConnect";

/** A shared access policy of the hub. */
export interface Policy {
  readonly name: string;
  readonly key: string;
  readonly rights: readonly Right[];
}

const rightsOf: Readonly<Record<string, readonly Right[]>> = {
  iothubowner: ["RegistryRead", "RegistryWrite", "ServiceConnect"],
  service: ["ServiceConnect"],
  registryRead: ["RegistryRead"],
  registryReadWrite: ["RegistryRead", "RegistryWrite"],
};

/** The policies with which every hub is made, but `device`, with keys of their own. */
export function createPolicies(): readonly Policy[] {
  return Object.entries(rightsOf).map(([name, rights]) => ({ name, rights, key: randomBytes(32).toString("base64") }));
}
