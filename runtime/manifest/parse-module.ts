import { isJsonObject } from "#base";
import type { ModuleSettings } from "#contract";
import { readCreateOptions } from "./create-options.ts";
import { withoutDeviceVariables } from "./device-variables.ts";
import { readModuleEnvironment } from "./environment.ts";
import { hasMovingTag, imageProblem } from "./image-reference.ts";
import { exceeds, limits } from "./limits.ts";
import { imagePullPolicies, lastInOrder, type Module, moduleStatuses, restartPolicies } from "./manifest.ts";
import { fixed, type Message, say } from "./message.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { fillRemedy, placeholderIn } from "./placeholders.ts";
import { type Problems, pathOf, shown } from "./problems.ts";
import { joinCreateOptions } from "./split-create-options.ts";

/** Longest id of a deployment of IoT Hub, in characters. */
const maxConfiguration = 128;

/** Reads one entry of `modules` or `systemModules`; undefined when it has no usable image. */
export function parseModule(
  id: string,
  field: Field,
  installation: ModuleSettings,
  problems: Problems,
): Module | undefined {
  const reader = ObjectReader.open(field, problems);
  if (reader === undefined) return undefined;
  checkType(reader, problems);
  const version = readVersion(reader, problems);
  const status = reader.choice("status", moduleStatuses, "running");
  const restartPolicy = reader.choice("restartPolicy", restartPolicies, "always");
  const imagePullPolicy = reader.choice("imagePullPolicy", imagePullPolicies, "on-create");
  const startupOrder = reader.integer("startupOrder", 0, lastInOrder) ?? lastInOrder;
  const configuration = readConfiguration(reader, problems);
  if (!installation.jobs) warnOfRestartPolicy(restartPolicy, reader, problems);
  const own = readModuleEnvironment(reader.object("env"), installation, problems);
  const settings = readSettings(reader, installation, problems);
  reader.warnOfRest();
  if (settings === undefined) return undefined;
  const { image, environment, options } = settings;
  for (const [name, value] of own) {
    if (typeof value === "string" || !environment.has(name) || problems.hasAllWarnings) continue;
    const path = pathOf(pathOf(reader.path, "env"), name);
    problems.warn(path, "has no effect: Env of createOptions sets it, too", "Remove it from Env.");
  }
  return {
    id,
    ...(version === undefined ? {} : { version }),
    ...(configuration === undefined ? {} : { configuration }),
    status,
    restartPolicy,
    imagePullPolicy,
    startupOrder,
    image,
    environment: withoutDeviceVariables(new Map([...own, ...environment]), reader.path, problems),
    ...options,
  };
}

function readVersion(reader: ObjectReader, problems: Problems): string | undefined {
  const version = reader.text("version");
  if (version === undefined) return undefined;
  return exceeds(limits.version, pathOf(reader.path, "version"), version.length, problems) ? undefined : version;
}

/** It is IoT Hub's, and keeps no manifest from being accepted. */
function readConfiguration(reader: ObjectReader, problems: Problems): string | undefined {
  const field = reader.take("configuration");
  if (field === undefined || field.value === null) return undefined;
  const id = isJsonObject(field.value) ? field.value.id : undefined;
  if (typeof id === "string" && id.length <= maxConfiguration) return id;
  problems.warn(field.path, "names no deployment of IoT Hub, and has no effect", "Remove it.");
  return undefined;
}

function checkType(reader: ObjectReader, problems: Problems): void {
  const type = reader.take("type");
  if (type === undefined || type.value === "docker") return;
  problems.error(type.path, say`${shown(type.value)} is not docker`, 'Write "docker", the one type that there is.');
}

/** A Deployment starts its container again whatever the exit code; only whether its health counts can be chosen. */
function warnOfRestartPolicy(policy: Module["restartPolicy"], reader: ObjectReader, problems: Problems): void {
  if (policy === "always" || policy === "on-unhealthy") return;
  problems.warn(
    pathOf(reader.path, "restartPolicy"),
    say`${shown(policy)} has a part of its effect: a module that ends is started again, one that is unhealthy is not`,
    'Write "always", or let the installation run it as a Job by edgeAgent.jobs.',
    "jobs",
  );
}

function readSettings(reader: ObjectReader, installation: ModuleSettings, problems: Problems) {
  const settings = reader.object("settings");
  const remedy = fixed("Name the module's image, such as registry.example.com/sensor:1.0.");
  if (settings === undefined) {
    if (reader.take("settings") === undefined) {
      problems.error(`${pathOf(reader.path, "settings")}.image`, "is missing", remedy);
    }
    return undefined;
  }
  const image = readImage(settings, remedy, problems);
  const createOptions = readCreateOptions(joinCreateOptions(settings, problems), installation, problems);
  settings.warnOfRest();
  return image === undefined ? undefined : { image, ...createOptions };
}

const movingTagRemedy = "Name a version, or a digest; another `version` of the module fetches the image anew.";

/** The image by a name that registries take: capitals may stand in its tag alone. */
function inSmallLetters(image: string): string {
  return image.replace(
    /^(.*?)(:[^/:@]+)?(@.*)?$/,
    (_, name: string, tag = "", digest = "") => `${name.toLowerCase()}${tag}${digest}`,
  );
}

function readImage(settings: ObjectReader, remedy: Message, problems: Problems): string | undefined {
  const image = settings.requiredText("image", remedy)?.trim();
  if (image === undefined || image === "") return undefined;
  const path = pathOf(settings.path, "image");
  if (exceeds(limits.image, path, image.length, problems)) return undefined;
  const wrong = imageProblem(image);
  if (wrong !== undefined) {
    const small = inSmallLetters(image);
    if (small !== image && imageProblem(small) === undefined) {
      problems.error(path, say`${shown(image)} ${wrong}`, say`Write ${shown(small)}.`);
      return undefined;
    }
    const placeholder = image.startsWith("$upstream") ? undefined : placeholderIn(image);
    problems.error(path, say`${shown(image)} ${wrong}`, placeholder === undefined ? remedy : fillRemedy(placeholder));
    return undefined;
  }
  if (hasMovingTag(image)) problems.warn(path, say`${shown(image)} may be another image tomorrow`, movingTagRemedy);
  return image;
}
