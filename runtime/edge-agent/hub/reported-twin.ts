import { cutText, isJsonObject, type Json, type JsonObject } from "#base";
import { lastDesiredStatus, moduleEntry, type Report, type ReportedModule } from "../status/reported-properties.ts";

/** Limits of IoT Hub for reported properties, in bytes of keys and values; some of the whole is left for what it counts else. */
const maxBytes = 31 * 1024;
const maxString = 4096;
const maxKey = 1024;
/** What no key of a twin may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const refusedInKeys = /[\u0000-\u001f\u007f-\u009f .$]/;
/** The version of the reported properties' schema, as IoT Edge's own EdgeAgent writes it. */
const schemaVersion = "1.0";
/** IoT Edge's code for a `schemaVersion` that is missing or of another major version. */
const schemaRefused = 412;

/** How much is told of a module, from all to the least. */
const fullest = { description: 512, details: true };
const shapes = [fullest, { description: 128, details: true }, { description: 0, details: false }] as const;
type Shape = { readonly description: number; readonly details: boolean };
/** What is left of a module where there is no room. */
const least: ReadonlySet<string> = new Set(["type", "status", "runtimeStatus", "restartCount", "exitCode"]);

/**
 * `$edgeAgent`'s reported properties as IoT Hub takes them: in the shape of IoT Edge's own EdgeAgent, without what only this
 * project has, and within the limits of a twin. Where modules are many, less is told of each.
 */
export function reportedTwin(report: Report): JsonObject {
  for (const shape of shapes) {
    const document = documentOf(report, shape);
    if (sizeOf(document) <= maxBytes) return document;
  }
  return { ...documentOf({ ...report, modules: [] }, fullest) };
}

function documentOf(report: Report, shape: Shape): JsonObject {
  const { platform, runtimeVersion, edgeAgent, edgeHub, modules, verdict } = report;
  const { code, description } = lastDesiredStatus(report);
  const isSchema = verdict.type === "refused" && verdict.problems.some(({ path }) => path === "schemaVersion");
  const ofModules = modules.filter(({ module: { id } }) => isKey(id));
  return withinLimits({
    schemaVersion,
    version: { version: runtimeVersion },
    lastDesiredVersion: report.desiredVersion,
    lastDesiredStatus: { code: isSchema ? schemaRefused : code, description },
    // The type of the manifest's runtime, by which tools know IoT Edge; that it is Kubernetes, the platform says.
    runtime: { type: "docker", settings: {}, platform: { ...platform, version: runtimeVersion } },
    systemModules: {
      ...(edgeAgent === undefined ? {} : { edgeAgent: entryOf(edgeAgent, shape) }),
      ...(edgeHub === undefined ? {} : { edgeHub: entryOf(edgeHub, shape) }),
    },
    modules: Object.fromEntries(ofModules.map((one) => [one.module.id, entryOf(one, shape)])),
  });
}

function entryOf(one: ReportedModule, { description, details }: Shape): JsonObject {
  const entry = moduleEntry({ ...one, relaxations: [] }) as JsonObject;
  if (!details) return Object.fromEntries(Object.entries(entry).filter(([key]) => least.has(key)));
  return { ...entry, statusDescription: cutText(String(entry.statusDescription), description) };
}

function isKey(key: string): boolean {
  return key !== "" && Buffer.byteLength(key) <= maxKey && !refusedInKeys.test(key);
}

/** A copy whose strings are short enough. */
function withinLimits(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, Json] => {
      if (typeof item === "string") return [key, cutText(item, maxString)];
      return [key, isJsonObject(item) ? withinLimits(item) : item];
    }),
  );
}

/** Keys and values as IoT Hub counts them: 8 bytes a number, 4 a boolean. */
function sizeOf(value: Json): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return 8;
  if (!isJsonObject(value)) return 4;
  return Object.entries(value).reduce((sum, [key, item]) => sum + Buffer.byteLength(key) + sizeOf(item), 0);
}
