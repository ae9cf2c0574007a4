import { annotations } from "#contract";
import type { Module } from "#manifest";
import type { ServiceAccount } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";

/**
 * The module's identity: no Role refers to it, and pods get no token of it for the API server. It tells iotedged which
 * names the manifest allots to the module.
 */
export function serviceAccountOf(module: Module, installation: Installation): ServiceAccount {
  const metadata = moduleMetadata(installation, objectNameOf(module.id, installation), module.id);
  const { serverNames = [], service } = module;
  const allotted = serverNames.length === 0 ? {} : { [annotations.serverNames]: serverNames.join(",") };
  const found = service.names.length === 0 ? {} : { [annotations.serviceNames]: service.names.join(",") };
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...allotted, ...found } },
    automountServiceAccountToken: false,
  };
}
