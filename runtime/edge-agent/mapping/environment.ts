import type { V1EnvVar } from "@kubernetes/client-node";
import { moduleObjectName, mountPaths, systemModuleIds } from "#contract";
import { type EnvironmentValue, type Module, proxyPortsOf } from "#manifest";
import type { Installation } from "./installation.ts";
import { isRootReadOnly, moduleDefaults } from "./module-security.ts";

/** Version of the workload API that modules are told of: iotedged serves newer ones, which images of IoT Edge 1.1 do not know. */
export const apiVersion = "2020-07-07";

/** Names of IoT Edge's log levels, which modules expect. */
const runtimeLogLevels = { debug: "debug", info: "info", warn: "warning", error: "error" } as const;

/**
 * Environment of a module's container: the user's variables, and those of IoT Edge, which win.
 *
 * @param generationId tells the module's present identity from earlier ones of the same id
 */
export function environmentOf(module: Module, installation: Installation, generationId: string): V1EnvVar[] {
  const { identity, settings } = installation;
  const own: Record<string, string> = {
    IOTEDGE_WORKLOADURI: `http://localhost:${proxyPortsOf(module).workload}/`,
    IOTEDGE_MODULEID: module.id,
    IOTEDGE_MODULEGENERATIONID: generationId,
    IOTEDGE_DEVICEID: identity.deviceId,
    IOTEDGE_IOTHUBHOSTNAME: identity.hubHostname,
    IOTEDGE_APIVERSION: apiVersion,
    IOTEDGE_AUTHSCHEME: "sasToken",
    EdgeDeviceHostName: identity.gatewayHostname,
  };
  if (module.id !== systemModuleIds.edgeHub) own.IOTEDGE_GATEWAYHOSTNAME = gatewayService;
  const variables = new Map<string, EnvironmentValue>([
    ["RuntimeLogLevel", runtimeLogLevels[settings.logLevel]],
    ...(needsHome(module, installation) ? [["HOME", mountPaths.scratch] as const] : []),
    ...module.environment,
    ...withoutProxy(module.environment),
    ...Object.entries(own),
  ]);
  return [...variables].map(([name, value]) =>
    typeof value === "string" ? { name, value: literal(value) } : { name, valueFrom: value },
  );
}

/**
 * Microsoft's edgeHub writes certificates into its home, and ends where it cannot: as a user whom its image does not know, it has
 * the root directory, and where that is read-only nothing but `/tmp` and volumes can be written.
 */
function needsHome(module: Module, installation: Installation): boolean {
  return module.id === systemModuleIds.edgeHub && isRootReadOnly(module, moduleDefaults(installation));
}

const forProxy = /^(?:https?|all)_proxy$/i;
/** Programs read the one or the other. */
const exceptions = ["NO_PROXY", "no_proxy"] as const;

/**
 * Where a module has an HTTP proxy, its SDK would ask that one for the workload API and for the hub, which only the pod and
 * the namespace have. What the module says itself is kept.
 */
function withoutProxy(environment: Module["environment"]): readonly (readonly [string, EnvironmentValue])[] {
  if (![...environment.keys()].some((name) => forProxy.test(name))) return [];
  const said = exceptions.filter((name) => environment.has(name));
  return (said.length === 0 ? exceptions : said).map((name) => {
    const value = environment.get(name) ?? "";
    if (typeof value !== "string") return [name, value];
    const hosts = value.split(",").map((host) => host.trim());
    const missing = ["localhost", "127.0.0.1", gatewayService].filter((host) => !hosts.includes(host));
    return [name, hosts.includes("*") ? value : [...hosts.filter((host) => host !== ""), ...missing].join(",")];
  });
}

/** EdgeHub's Service: the gateway as modules reach it. */
const gatewayService = moduleObjectName(systemModuleIds.edgeHub);

/** Kubernetes would replace `$(NAME)` in values, commands and arguments; Docker does not, so that manifests do not expect it. */
export function literal(text: string): string {
  return text.includes("$(") || text.includes("$$") ? text.replace(/\$+/g, (run) => run + run) : text;
}
