import { isJsonObject, parseJson } from "#base";
import { objectNames, proxyContainer, systemModuleIds } from "#contract";
import type { DeclaredInstallation } from "./declared-installation.ts";

/** Resources as a container asks for them, in Kubernetes' own words. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Readonly<Record<string, string>> | undefined;
}

/** A container that an installation has so many times. */
export interface LeastContainer extends Resources {
  readonly name: string;
  readonly count: number;
}

/** The least that an installation takes: what is known before EdgeAgent has made the modules. */
export interface LeastPods {
  readonly pods: number;
  readonly containers: readonly LeastContainer[];
}

const most = 10_000;

/** iotedged, EdgeAgent with its proxy, and of each module its proxy. */
export function leastPods({ iotedged, settings, manifest }: DeclaredInstallation): LeastPods {
  const replicas: number = iotedged.spec?.replicas ?? 1;
  const own = iotedged.spec?.template?.spec?.containers?.[0]?.resources;
  const agents = settings === undefined || !settings.enabled ? 0 : settings.replicas;
  const modules = agents === 0 ? 0 : modulesOf(manifest);
  return {
    pods: replicas + agents + modules,
    containers: [
      { name: objectNames.iotedged, count: replicas, ...own },
      { name: objectNames.edgeAgent, count: agents, ...settings?.edgeAgent.resources },
      { name: proxyContainer, count: agents + modules, ...settings?.proxy.resources },
    ].filter(({ count }) => count > 0),
  };
}

/** How many modules a manifest asks for; those that are stopped have no pod. */
function modulesOf(text: string | undefined): number {
  const object = (value: unknown) => (isJsonObject(value) ? value : {});
  const manifest = object(parseJson(text));
  const content = object(manifest.modulesContent ?? object(manifest.content).modulesContent);
  const desired = object(object(content[systemModuleIds.edgeAgent])["properties.desired"]);
  const hub = object(desired.systemModules).edgeHub;
  const all = [...Object.values(object(desired.modules)), ...(hub === undefined ? [] : [hub])];
  return Math.min(all.filter((module) => object(module).status !== "stopped").length, most);
}
