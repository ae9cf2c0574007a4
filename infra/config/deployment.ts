import { dirname, resolve } from "node:path";
import {
  canonicalJson,
  formatPath,
  isJsonObject,
  type Json,
  type JsonObject,
  nearest,
  type Path,
  type Problem,
  type Resolved,
} from "#base";
import type { ModuleSettings } from "#contract";
import { describeProblem, parseManifest } from "#manifest";
import {
  closedSecretsOf,
  type EdgeInstallationArgs,
  emptyDeployment,
  moduleSettingsOf,
} from "../installation/index.ts";
import { fillTemplate, lookupIn } from "../manifest-check/index.ts";
import { readJsonFile } from "./json-file.ts";
import type { WrittenInstallation } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** What says what modules may have. */
type AllowedOfInstallation = Partial<Pick<WrittenInstallation, "edgeAgent" | "imagePullSecrets" | "trust">>;

/** What says which modules run, and what they may have. */
type ManifestOfInstallation = Pick<WrittenInstallation, "deployment" | "deploymentFile"> & AllowedOfInstallation;

/** A ConfigMap holds 1 MiB in all. */
const maxManifestBytes = 1_000_000;
const placeholder = /\$\{MODULES\.([^}]{0,200})\}/g;

/**
 * The deployment manifest of an installation as JSON, with module images put in for `${MODULES.<key>}`, and what a `.env`
 * beside it and the environment say for other names.
 *
 * @param images the stack's module images, or `undefined` when these have problems of their own
 */
export function resolveDeployment(
  source: ConfigSource,
  installation: ManifestOfInstallation,
  path: Path,
  images: Readonly<Record<string, string>> | undefined,
): Resolved<string> {
  const at = [...path, installation.deploymentFile === undefined ? "deployment" : "deploymentFile"];
  const template = readTemplate(source, installation, at);
  if ("problems" in template) return template;
  const named = fillTemplate(template.value, lookupFor(source, installation.deploymentFile));
  const { filled, unknown } = fillPlaceholders(named, images ?? {});
  if (images !== undefined && unknown.size > 0) {
    return { problems: [...unknown].map((key) => unknownImage(key, at, Object.keys(images))) };
  }
  const manifest = canonicalJson(filled);
  if (Buffer.byteLength(manifest) > maxManifestBytes) return { problems: [tooLarge(at)] };
  const problems = images === undefined ? [] : refusals(manifest, settingsOf(installation), at);
  return problems.length > 0 ? { problems } : { value: manifest };
}

/** What EdgeAgent would accept but warn of, so that nobody has to deploy it to be told. */
export function deploymentWarnings(
  installation: AllowedOfInstallation & { readonly deployment: string },
): readonly string[] {
  return parseManifest(installation.deployment, settingsOf(installation)).warnings.map(describeProblem);
}

/** A `.env` beside the manifest's file, and else the environment. */
function lookupFor(source: ConfigSource, file: string | undefined) {
  const beside = file && source.readFile(resolve(source.projectRoot, dirname(file), ".env"));
  return lookupIn(beside && "text" in beside ? beside.text : undefined, source.variable ?? (() => undefined));
}

function settingsOf({ edgeAgent, imagePullSecrets, trust }: AllowedOfInstallation): ModuleSettings {
  return moduleSettingsOf(
    edgeAgent ?? {},
    closedSecretsOf({ trust } as Pick<EdgeInstallationArgs, "trust">, imagePullSecrets ?? []),
  );
}

function readTemplate(
  source: ConfigSource,
  { deployment, deploymentFile }: Pick<WrittenInstallation, "deployment" | "deploymentFile">,
  at: Path,
): Resolved<JsonObject> {
  if (deploymentFile === undefined) return { value: (deployment ?? emptyDeployment) as JsonObject };
  return readJsonFile(source, { path: at, file: deploymentFile, remedy: "Correct the path or the file." });
}

/** What EdgeAgent would refuse is told before anything is deployed, with everything else that is wrong. */
function refusals(manifest: string, settings: ModuleSettings, at: Path): readonly Problem[] {
  const parsed = parseManifest(manifest, settings);
  if (parsed.ok) return [];
  return parsed.errors.map(({ path, message, remedy }) => ({
    path: path === "" ? formatPath(at) : `${formatPath(at)}: ${path}`,
    found: message,
    allowed: "what EdgeAgent accepts",
    remedy,
  }));
}

function fillPlaceholders(template: JsonObject, images: Readonly<Record<string, string>>) {
  const unknown = new Set<string>();
  const fillText = (text: string) =>
    text.replace(placeholder, (whole, key: string) => {
      if (Object.hasOwn(images, key)) return images[key] ?? whole;
      unknown.add(key);
      return whole;
    });
  const fill = (value: Json): Json => {
    if (typeof value === "string") return fillText(value);
    if (Array.isArray(value)) return value.map(fill);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  return { filled: fill(template), unknown };
}

function unknownImage(key: string, at: Path, known: readonly string[]): Problem {
  const meant = nearest(key, known);
  return {
    path: formatPath(at),
    found: `names \${MODULES.${key}}`,
    allowed: known.length === 0 ? "without such names, as images.modules is empty" : `made of ${known.join(", ")}`,
    remedy: meant === undefined ? "Add the image to images.modules." : `Did you mean \${MODULES.${meant}}?`,
  };
}

function tooLarge(at: Path): Problem {
  return {
    path: formatPath(at),
    found: "is a manifest of more than 1 MB",
    allowed: "small enough for a ConfigMap",
    remedy: "Move large values out of the modules' createOptions.",
  };
}
