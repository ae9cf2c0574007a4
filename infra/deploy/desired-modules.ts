import { Value } from "typebox/value";
import { isJsonObject, type JsonObject, parseJson } from "#base";
import {
  dataKeys,
  digestOfManifest,
  digestOfSettings,
  objectNames,
  systemModuleIds,
  type TwinRecord,
  TwinRecordSchema,
} from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";

/** A module that the deployment manifest asks for. */
export interface DesiredModule {
  readonly id: string;
  readonly stopped: boolean;
  /** Whether it runs as a Job. */
  readonly ends: boolean;
}

/** Restart policies of modules that EdgeAgent runs as Jobs, where the installation lets it. */
const endingPolicies: readonly unknown[] = ["never", "on-failure"];

/** What the installation's ConfigMaps say, as far as it matters for readiness. */
export interface Desired {
  readonly edgeAgentEnabled: boolean;
  /** Whether IoT Hub has the manifest: what EdgeAgent reports is then all that is known of it here. */
  readonly connected: boolean;
  /** Undefined where there is no manifest, or where it cannot be read: EdgeAgent then says why. */
  readonly modules: readonly DesiredModule[] | undefined;
  /** Digest of the manifest as it stands there; undefined where there is none. */
  readonly manifestDigest: string | undefined;
  /** Digest of EdgeAgent's settings; undefined where they cannot be read. */
  readonly settingsDigest: string | undefined;
}

/** How EdgeAgent says that a module fares. */
export interface ReportedModule {
  readonly runtimeStatus: string;
  readonly statusDescription: string;
  readonly restartCount: number;
  readonly image: string;
}

export interface Reported {
  readonly code: number;
  readonly description: string;
  /** Digests of what it has acted on. */
  readonly manifestDigest: string | undefined;
  readonly settingsDigest: string | undefined;
  /** How it stands with IoT Hub; undefined where the installation stands alone. */
  readonly hub: TwinRecord | undefined;
  /** What it has accepted, but warns of. */
  readonly warnings: readonly string[];
  /** By module id: those of the manifest in force. */
  readonly modules: ReadonlyMap<string, ReportedModule>;
  /** What the manifest in force asks of them, which is an older one where the newest is refused. */
  readonly inForce: readonly DesiredModule[];
}

/** @param configMaps those of the installation's namespace */
export function readDesired(configMaps: readonly LiveObject[]): Desired {
  const settings = readJson(configMaps, objectNames.agentConfig, dataKeys.agentConfig);
  const manifest = readText(configMaps, objectNames.deployment, dataKeys.deployment);
  return {
    edgeAgentEnabled: settings?.enabled !== false,
    connected: isConnected(configMaps),
    modules: desiredModules(asObject(parseJson(manifest)), makesJobs(settings)),
    manifestDigest: manifest === undefined ? undefined : digestOfManifest(manifest),
    settingsDigest: settings === undefined ? undefined : digestOfSettings(settings),
  };
}

/** @param configMaps those of the installation's namespace; {@link objectNames.iotedgedConfig} tells */
export function isConnected(configMaps: readonly LiveObject[]): boolean {
  return readJson(configMaps, objectNames.iotedgedConfig, dataKeys.iotedgedConfig)?.provisioning !== undefined;
}

/** What EdgeAgent reported last. Undefined where it has not yet, or where it cannot be read. */
export function readReported(configMaps: readonly LiveObject[]): Reported | undefined {
  const status = readJson(configMaps, objectNames.status, dataKeys.status);
  if (status === undefined) return undefined;
  const { lastDesiredStatus, systemModules, modules } = status;
  const observed = asObject(status.observed);
  const edgeHub = asObject(asObject(systemModules)?.edgeHub);
  const jobs = makesJobs(readJson(configMaps, objectNames.agentConfig, dataKeys.agentConfig));
  const entries = Object.entries({ ...asObject(modules), ...(edgeHub && { [systemModuleIds.edgeHub]: edgeHub }) });
  return {
    code: Number(asObject(lastDesiredStatus)?.code ?? 0),
    description: String(asObject(lastDesiredStatus)?.description ?? ""),
    manifestDigest: textOf(observed?.manifest),
    settingsDigest: textOf(observed?.settings),
    hub: Value.Check(TwinRecordSchema, status.hub) ? status.hub : undefined,
    warnings: Array.isArray(status.warnings) ? status.warnings.map(String) : [],
    modules: new Map(entries.map(([id, entry]) => [id, reportedModule(asObject(entry) ?? {})])),
    inForce: entries.map(([id, entry]) => desiredModule(id, entry, jobs)),
  };
}

function desiredModules(manifest: JsonObject | undefined, jobs: boolean): readonly DesiredModule[] | undefined {
  const content = asObject(manifest?.modulesContent) ?? asObject(asObject(manifest?.content)?.modulesContent);
  const desired = asObject(asObject(content?.[systemModuleIds.edgeAgent])?.["properties.desired"]);
  if (desired === undefined) return undefined;
  const edgeHub = asObject(asObject(desired.systemModules)?.edgeHub);
  const modules = { ...(edgeHub && { [systemModuleIds.edgeHub]: edgeHub }), ...asObject(desired.modules) };
  return Object.entries(modules).map(([id, module]) => desiredModule(id, module, jobs));
}

/** @param module an entry of a manifest or of the status, which say this alike */
function desiredModule(id: string, module: unknown, jobs: boolean): DesiredModule {
  const { status, restartPolicy } = asObject(module) ?? {};
  return { id, stopped: status === "stopped", ends: jobs && endingPolicies.includes(restartPolicy) };
}

function makesJobs(settings: JsonObject | undefined): boolean {
  return asObject(settings?.modules)?.jobs !== false;
}

function reportedModule(entry: JsonObject): ReportedModule {
  return {
    runtimeStatus: String(entry.runtimeStatus ?? "unknown"),
    statusDescription: String(entry.statusDescription ?? ""),
    restartCount: Number(entry.restartCount ?? 0),
    image: String(asObject(entry.settings)?.image ?? ""),
  };
}

function readJson(configMaps: readonly LiveObject[], name: string, key: string): JsonObject | undefined {
  return asObject(parseJson(readText(configMaps, name, key)));
}

function readText(configMaps: readonly LiveObject[], name: string, key: string): string | undefined {
  return textOf(configMaps.find(({ metadata }) => metadata.name === name)?.data?.[key]);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}
