// A service on the unmodified SDK of npm.
import hub from "azure-iothub";
import { serve } from "./line-protocol.mjs";

let registry;
let client;

serve({
  connect: async (connectionString) => {
    registry = hub.Registry.fromConnectionString(connectionString);
    client = hub.Client.fromConnectionString(connectionString);
  },
  // Of the registry, by its name.
  registry: async (method, ...args) => {
    const { responseBody } = await registry[method](...args);
    return JSON.parse(JSON.stringify(responseBody ?? null, (key, value) => (key === "_registry" ? undefined : value)));
  },
  "invoke-method": async (...args) => {
    const { result } = await client.invokeDeviceMethod(...args);
    return result;
  },
});
