import type { Module } from "#manifest";
import type { ServiceAccount } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";

/** The module's identity: no Role refers to it, and pods get no token of it for the API server. */
export function serviceAccountOf(module: Module, installation: Installation): ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: moduleMetadata(installation, objectNameOf(module.id, installation), module.id),
    automountServiceAccountToken: false,
  };
}
