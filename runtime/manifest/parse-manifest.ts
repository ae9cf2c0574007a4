import { withoutByteOrderMark } from "#base";
import { defaultModuleSettings, type ModuleSettings, moduleObjectName, systemModuleIds } from "#contract";
import { readEdgeAgentOptions } from "./edge-agent-options.ts";
import { checkHostNetwork } from "./host-network.ts";
import { readJson } from "./json-text.ts";
import { contentKeys } from "./layers.ts";
import { exceeds, limits } from "./limits.ts";
import type { DeploymentManifest, Module } from "./manifest.ts";
import { fixed, say } from "./message.ts";
import { checkNodePorts } from "./node-ports.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { parseModule } from "./parse-module.ts";
import { refusePlaceholder } from "./placeholders.ts";
import { createProblems, type Problem, type Problems, pathOfModule, shown } from "./problems.ts";
import { noWork, type Work } from "./reading-cost.ts";
import { noCredentials, type RegistryCredentials, readRegistryCredentials } from "./registry-credentials.ts";
import { settleServiceNames } from "./service-names.ts";
import { checkClaims } from "./volume-claims.ts";

/** A manifest that is good as a whole, or everything that is wrong with it. */
export type ParsedManifest =
  | { readonly ok: true; readonly manifest: DeploymentManifest; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly errors: readonly Problem[]; readonly warnings: readonly Problem[] };

/** As IoT Edge's own agent reads it: another minor version is taken, another major one is not. */
const schemaVersion = /^1\.(\d{1,9})(?:\.\d{1,9}){0,2}$/;
const knownMinors = [0, 1];
const twinRemedy = `Write what it holds as {"modulesContent": {"$edgeAgent": {"properties.desired": {...}}}}.`;
/** By which tools of IoT Edge know a template. */
const schemaKey = "$schema-template";
/** What IoT Hub writes into a twin besides the user's fields. */
const twinFields = ["$version", "$metadata"] as const;
/** A layered deployment has no `properties.desired` of its own: its keys lead into that of the deployment below it. */
const layerKey = /^properties\.desired\./;
const layerRemedy =
  "Give its base before it: `edgectl manifest check BASE LAYER`, or `deploymentLayers` beside the installation's manifest.";
/** By which a document has modules. */
const sections = [...contentKeys, "$edgeAgent", "properties.desired"];
/** Settings of the Docker engine, which a cluster does not have. */
const engineSettings = ["minDockerVersion", "loggingOptions"] as const;

/**
 * Reads a deployment manifest: the whole document, also inside `content` as IoT Hub's REST API has it, its `$edgeAgent` section or `properties.desired` alone. Never throws;
 * finds every problem in one pass.
 *
 * @param settings what the installation lets its modules have
 * @param work counts what it took
 */
export function parseManifest(
  text: string,
  settings: ModuleSettings = defaultModuleSettings,
  work: Work = noWork(),
): ParsedManifest {
  const problems = createProblems(work);
  const manifest = readDocument(text, settings, problems);
  const { errors, warnings } = problems;
  if (manifest === undefined || errors.length > 0) return { ok: false, errors, warnings };
  return { ok: true, manifest, warnings };
}

function readDocument(text: string, settings: ModuleSettings, problems: Problems): DeploymentManifest | undefined {
  if (exceeds(limits.characters, "", text.length, problems)) return undefined;
  const json = withoutByteOrderMark(text);
  const whole = readJson(
    { path: "", text: json, remedy: fixed("Check the file with `jq . deployment.json`.") },
    problems,
  );
  const document = whole && ObjectReader.open(whole, problems);
  const desired = document && findDesired(document, problems);
  return desired && readDesired(desired, settings, problems);
}

/** `properties.desired` of EdgeAgent, wherever it stands; its path counts as the root. */
function findDesired(whole: ObjectReader, problems: Problems): ObjectReader | undefined {
  const document = whole.object("content") ?? whole;
  whole.take(schemaKey);
  const beside = document === whole ? undefined : sections.find((key) => whole.take(key) !== undefined);
  const other =
    beside ?? contentKeys.find((key, at) => at > 0 && isGiven(document, contentKeys[0]) && isGiven(document, key));
  if (other !== undefined) {
    const message = say`stands beside ${fixed(beside === undefined ? contentKeys[0] : "content")}, which holds modules as well`;
    problems.error(other, message, "Keep one of the two: only one would count.");
    return undefined;
  }
  const content = document.object(contentKeys.find((key) => document.take(key) !== undefined) ?? contentKeys[0]);
  const holder = content ?? document;
  const section = holder.object("$edgeAgent");
  const desired = (section ?? document).take("properties.desired");
  if (section === undefined && content === undefined && desired === undefined) {
    if (!isTwin(document)) return document;
    problems.error("properties.desired", "is how a module's twin has it, and no deployment manifest", twinRemedy);
    return undefined;
  }
  const [layer] = section?.matching(layerKey) ?? [];
  if (layer !== undefined) {
    problems.error(layer.path, "is a layer over another deployment", layerRemedy);
    return undefined;
  }
  if (desired === undefined) {
    problems.error("", "has no modulesContent.$edgeAgent properties.desired", "Use a standard deployment manifest.");
    return undefined;
  }
  for (const field of content?.rest() ?? []) {
    if (problems.hasAllWarnings) break;
    problems.warn(
      field.path,
      "reaches no module: there is no IoT Hub to hold its twin",
      "Configure the module by its env.",
    );
  }
  document.warnOfRest();
  section?.warnOfRest();
  return ObjectReader.open({ path: "", value: desired.value }, problems);
}

function isGiven(document: ObjectReader, key: string): boolean {
  return document.take(key) !== undefined;
}

/** Whether it is what IoT Hub exports of a module: `{"properties": {"desired": ...}}`. */
function isTwin(document: ObjectReader): boolean {
  const properties = document.take("properties")?.value;
  return typeof properties === "object" && properties !== null && "desired" in properties;
}

function readDesired(
  desired: ObjectReader,
  settings: ModuleSettings,
  problems: Problems,
): DeploymentManifest | undefined {
  const schemaVersion = readSchemaVersion(desired, problems);
  const version = desired.take("$version")?.value;
  for (const key of twinFields) desired.take(key);
  const credentials = readRuntime(desired, settings, problems);
  const system = readSystemModules(desired, settings, problems);
  const read = [...system.modules, ...readModules(desired, settings, problems)];
  desired.warnOfRest();
  exceeds(limits.allPorts, "", problems.work.ports, problems);
  checkNames(read, problems);
  const modules = settleServiceNames(read, problems);
  limitPods(modules, problems);
  checkHostNetwork(modules, problems);
  checkNodePorts(modules, problems);
  checkClaims(modules, settings, problems);
  if (schemaVersion === undefined) return undefined;
  return {
    schemaVersion,
    credentials,
    ...(typeof version === "number" ? { version } : {}),
    ...(system.edgeAgent === undefined ? {} : { edgeAgent: system.edgeAgent }),
    modules,
  };
}

function readSchemaVersion(desired: ObjectReader, problems: Problems): string | undefined {
  const version = desired.requiredText("schemaVersion", 'Write "1.1".');
  if (version === undefined) return undefined;
  const [, minor] = schemaVersion.exec(version) ?? [];
  if (minor === undefined) {
    problems.error("schemaVersion", say`${shown(version)} is none of 1.x`, 'Write "1.1".');
    return undefined;
  }
  if (!knownMinors.includes(Number(minor))) {
    const message = say`${shown(version)} is read as 1.1: what it has more has no effect`;
    problems.warn("schemaVersion", message, 'Write "1.1".');
  }
  return version;
}

function readRuntime(desired: ObjectReader, installation: ModuleSettings, problems: Problems): RegistryCredentials {
  const runtime = desired.object("runtime");
  if (runtime === undefined) return noCredentials;
  const type = runtime.take("type");
  if (type !== undefined && type.value !== "docker") {
    problems.error(type.path, say`${shown(type.value)} is not docker`, 'Write "docker", the one type that there is.');
  }
  const settings = runtime.object("settings");
  for (const key of engineSettings) settings?.take(key);
  const credentials = readRegistryCredentials(
    settings?.object("registryCredentials", limits.registries),
    installation,
    problems,
  );
  settings?.warnOfRest();
  runtime.warnOfRest();
  return credentials;
}

function readSystemModules(desired: ObjectReader, settings: ModuleSettings, problems: Problems) {
  const system = desired.object("systemModules");
  const read = (key: keyof typeof systemModuleIds) => {
    const given = system?.take(key);
    const field = given && key === "edgeAgent" ? readEdgeAgentOptions(given, problems) : given;
    return field && parseModule(systemModuleIds[key], field, settings, problems);
  };
  const edgeAgent = read("edgeAgent");
  const edgeHub = read("edgeHub");
  system?.warnOfRest(fixed("Only edgeAgent and edgeHub are system modules; move it to modules."));
  return { edgeAgent, modules: edgeHub === undefined ? [] : [edgeHub] };
}

function readModules(desired: ObjectReader, settings: ModuleSettings, problems: Problems): readonly Module[] {
  const modules: Module[] = [];
  for (const [id, field] of desired.object("modules", limits.modules)?.entries() ?? []) {
    if (problems.hasAllErrors) break;
    const module = isModuleId(id, field, problems) ? parseModule(id, field, settings, problems) : undefined;
    if (module !== undefined) modules.push(module);
  }
  return modules;
}

/** As IoT Hub takes them, and spaces. */
const moduleId = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$' ]{1,128}$/;

function isModuleId(id: string, field: Field, problems: Problems): boolean {
  if (id.includes("${") && refusePlaceholder(field.path, id, problems)) return false;
  if (id === "." || id === "..") {
    problems.error(field.path, say`${shown(id)} is no name in an address`, "Give the module another id.");
    return false;
  }
  if (id.startsWith("$")) {
    problems.error(field.path, say`${shown(id)} is a system module's id`, "Put edgeHub under systemModules.");
    return false;
  }
  if (moduleId.test(id) && id.trim() === id) return true;
  const rule = "Use 1 to 128 letters, digits and - : . + % _ # * ? ! ( ) , = @ ; $ '.";
  problems.error(field.path, say`${shown(id)} is not a module id`, rule);
  return false;
}

/** What a short text can ask a cluster to make. */
function limitPods(modules: readonly Module[], problems: Problems): void {
  const sumOf = (count: (module: Module) => number) => modules.reduce((sum, module) => sum + count(module), 0);
  const pods = sumOf(({ pod }) => pod.replicas ?? 1);
  exceeds(limits.pods, "", pods, problems);
  // Names that come of ids are known only now; what exceeds the limit without them is told already.
  const ports = sumOf(({ service }) => service.ports.length * (1 + service.names.length));
  if (problems.work.ports <= limits.allPorts.most) exceeds(limits.allPorts, "", ports, problems);
}

function checkNames(modules: readonly Module[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { id } of modules) {
    const name = moduleObjectName(id);
    const other = owners.get(name);
    if (other !== undefined) {
      problems.error(pathOfModule(id), say`has the same Kubernetes name ${name} as ${shown(other)}`, "Rename one.");
    }
    owners.set(name, id);
  }
}
