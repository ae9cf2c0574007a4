import { createHmac } from "node:crypto";
import type { Registry } from "prom-client";
import type { FakeIotHub } from "../../../../test/iot-hub/index.ts";
import { openLink, sasToken, stringToSign } from "../../../iot-hub/index.ts";
import { createHubMetrics } from "../hub-metrics.ts";
import type { HubAccess } from "../hub-module.ts";
import type { ModuleApi } from "../methods/module-api.ts";

/** The key of `$edgeAgent`, as iotedged would have told the hub. */
export const agentKey = Buffer.alloc(32, 5).toString("base64");

const noModules: ModuleApi = { list: async () => [], restart: async () => {}, logs: async () => "" };

/** Tells the fake the key of a device's `$edgeAgent`. */
export function giveAgentKey({ hub }: FakeIotHub, deviceId: string): void {
  const symmetricKey = { primaryKey: agentKey, secondaryKey: agentKey };
  const authentication = { type: "sas", symmetricKey };
  hub.registry.putModule(deviceId, "$edgeAgent", { deviceId, moduleId: "$edgeAgent", authentication }, "*");
}

/** Access to a fake hub that listens on this machine. */
export function accessTo(options: {
  readonly fake: Pick<FakeIotHub, "caPem"> & { readonly hub: Pick<FakeIotHub["hub"], "hostName"> };
  readonly port: number;
  readonly deviceId: string;
  readonly registry: Registry;
  readonly modules?: ModuleApi;
  /** Seconds. */
  readonly tokenLife?: number;
  /** Default: by {@link agentKey}, without iotedged. */
  readonly identify?: HubAccess["identify"];
}): HubAccess {
  const { fake, port, deviceId, registry, modules = noModules, tokenLife } = options;
  const token = async (audience: string, expiry: number) => {
    const data = stringToSign(audience, expiry);
    const signature = createHmac("sha256", Buffer.from(agentKey, "base64")).update(data).digest("base64");
    return sasToken({ audience, expiry, signature });
  };
  return {
    identify: options.identify ?? (async () => ({ hubHostname: fake.hub.hostName, deviceId, token })),
    open: openLink,
    target: { address: "127.0.0.1", port, trustedCas: [fake.caPem] },
    ...(tokenLife === undefined ? {} : { tokenLife }),
    modules,
    metrics: createHubMetrics(registry),
  };
}
