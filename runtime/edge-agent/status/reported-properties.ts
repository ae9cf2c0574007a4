import type { Observation, TwinRecord } from "#contract";
import { describeProblem, lastInOrder, type Module } from "#manifest";
import type { Verdict } from "../manifest-source.ts";
import type { ModuleStatus } from "./module-status.ts";
import type { Platform } from "./platform.ts";

/** A module and how it fares. */
export interface ReportedModule {
  readonly module: Module;
  readonly status: ModuleStatus;
  /** Why its objects could not be written. */
  readonly failure?: Error;
  /** What its pod is allowed beyond the hardened defaults. */
  readonly relaxations?: readonly string[];
}

/** All that the status tells. */
export interface Report {
  /** Version of EdgeAgent. */
  readonly runtimeVersion: string;
  readonly platform: Platform;
  readonly desiredVersion: number;
  /** Version of the manifest in force, where an older one is because the newest is refused or gone. */
  readonly versionInForce?: number;
  readonly verdict: Verdict;
  /** Undefined until EdgeAgent has acted for the first time. */
  readonly observed: Observation | undefined;
  readonly schemaVersion: string;
  /** How EdgeAgent stands with IoT Hub; absent where the installation stands alone. */
  readonly hub?: TwinRecord | undefined;
  readonly edgeAgent: ReportedModule | undefined;
  readonly edgeHub: ReportedModule | undefined;
  readonly modules: readonly ReportedModule[];
}

/** Status codes as IoT Edge's own EdgeAgent reports them. */
const codes = { ok: 200, invalid: 400, unknown: 406, missing: 417, failed: 500 } as const;
/** Longest status in bytes: a ConfigMap holds 1 MiB. */
const maxBytes = 900_000;
const maxWarnings = 20;
const maxDescription = 8_000;

/**
 * The status as JSON text, in the shape of `$edgeAgent`'s reported properties. The environment and the options of modules
 * are left out: they may hold secrets. Where it would not fit into a ConfigMap the modules' details are left out too.
 */
export function reportedProperties(report: Report): string {
  const full = JSON.stringify(document(report, moduleEntry));
  return Buffer.byteLength(full) <= maxBytes ? full : JSON.stringify(document(report, shortEntry));
}

type Entry = (module: ReportedModule) => object;

function document(report: Report, entry: Entry): object {
  const { platform, runtimeVersion, edgeAgent, edgeHub, modules, verdict } = report;
  const warnings = verdict.type === "accepted" ? verdict.warnings.slice(0, maxWarnings).map(describeProblem) : [];
  return {
    schemaVersion: report.schemaVersion,
    version: { version: runtimeVersion },
    lastDesiredVersion: report.desiredVersion,
    lastDesiredStatus: lastDesiredStatus(report),
    ...(report.observed === undefined ? {} : { observed: report.observed }),
    ...(report.versionInForce === undefined ? {} : { versionInForce: report.versionInForce }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(report.hub === undefined ? {} : { hub: report.hub }),
    runtime: { type: "kubernetes", version: runtimeVersion, platform },
    systemModules: {
      ...(edgeAgent === undefined ? {} : { edgeAgent: entry(edgeAgent) }),
      ...(edgeHub === undefined ? {} : { edgeHub: entry(edgeHub) }),
    },
    modules: Object.fromEntries(modules.map((one) => [one.module.id, entry(one)])),
  };
}

/** What came of the manifest: a code of IoT Edge's own EdgeAgent, and why. */
export function lastDesiredStatus({ verdict, modules, edgeAgent, edgeHub }: Report): {
  code: number;
  description: string;
} {
  if (verdict.type === "unknown") return { code: codes.unknown, description: verdict.error.message };
  if (verdict.type === "missing") return { code: codes.missing, description: verdict.error.message };
  if (verdict.type === "refused") {
    return { code: codes.invalid, description: verdict.error.message.slice(0, maxDescription) };
  }
  const all = [edgeAgent, edgeHub, ...modules].filter((module) => module !== undefined);
  const failures = all.map(({ failure }) => failure?.message);
  const messages = failures.filter((message) => message !== undefined);
  if (messages.length === 0) return { code: codes.ok, description: "" };
  return { code: codes.failed, description: messages.join("; ").slice(0, maxDescription) };
}

/** A module as IoT Edge reports it. Environment and options are left out: they may hold secrets. */
export function moduleEntry({ module, status, failure, relaxations = [] }: ReportedModule): object {
  const { imageHash, ...fields } = status;
  return {
    type: "docker",
    ...(module.version === undefined ? {} : { version: module.version }),
    status: module.status,
    restartPolicy: module.restartPolicy,
    imagePullPolicy: module.imagePullPolicy,
    ...(module.startupOrder === lastInOrder ? {} : { startupOrder: module.startupOrder }),
    ...(module.configuration === undefined ? {} : { configuration: { id: module.configuration } }),
    ...fields,
    ...(failure === undefined ? {} : { statusDescription: failure.message }),
    ...(relaxations.length === 0 ? {} : { relaxedSecurity: relaxations }),
    settings: { image: module.image, ...(imageHash === undefined ? {} : { imageHash }) },
  };
}

/** The same where there is no room. */
export function shortEntry({ module, status }: ReportedModule): object {
  return { status: module.status, runtimeStatus: status.runtimeStatus, restartCount: status.restartCount };
}
