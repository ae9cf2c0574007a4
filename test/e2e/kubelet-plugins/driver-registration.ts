import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { clusterStatus } from "../../../infra/local-cluster/status.ts";
import { answering, servePlugin, serviceOf } from "./plugin-server.ts";

/** A driver that the kubelet finds in its directory. */
export interface Driver {
  readonly type: "DRAPlugin" | "CSIPlugin";
  readonly name: string;
  readonly versions: readonly string[];
  readonly service: readonly [ServiceDefinition, UntypedServiceImplementation];
}

/** Serves a driver; resolves once the kubelet has taken it. */
export async function startDriver({ type, name, versions, service }: Driver): Promise<{ stop(): Promise<void> }> {
  const { cluster } = await clusterStatus();
  if (cluster === undefined) throw new Error("there is no local cluster");
  const socket = join(cluster.directory, "kubelet", "plugins_registry", `${name}.sock`);
  await rm(socket, { force: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const info = { type, name, endpoint: socket, supported_versions: versions };
  const registration: UntypedServiceImplementation = {
    GetInfo: answering(() => info),
    NotifyRegistrationStatus: answering((status: { plugin_registered: boolean; error: string }) => {
      if (status.plugin_registered) resolve();
      else reject(new Error(status.error));
      return {};
    }),
  };
  const server = await servePlugin(socket, [
    [serviceOf("registration.proto", "pluginregistration.Registration"), registration],
    service,
  ]);
  await promise;
  return {
    async stop() {
      server.forceShutdown();
      await rm(socket, { force: true });
    },
  };
}
