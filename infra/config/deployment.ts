import { dirname, join, resolve } from "node:path";
import { canonicalJson, formatPath, type JsonObject, nearest, type Path, type Problem, type Resolved } from "#base";
import type { ModuleSettings } from "#contract";
import {
  describeProblem,
  type LayerProblem,
  type Problem as ManifestProblem,
  pathOfSteps,
  repeatedKeys,
} from "#manifest";
import { emptyDeployment, settingsOfModules } from "../installation/index.ts";
import {
  type AssembledManifest,
  assemble,
  type FileContent,
  lookupIn,
  type PlaceInPart,
  parseAsWritten,
  placeAt,
  placesInParts,
  readVariables,
  type Variables,
  variablesFileName,
  variablesRemedy,
} from "../manifest-check/index.ts";
import { readJsonDocument } from "./json-file.ts";
import type { WrittenInstallation } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** What says what modules may have. */
type AllowedOfInstallation = Partial<
  Pick<WrittenInstallation, "edgeAgent" | "imagePullSecrets" | "trust" | "identity" | "provisioning">
>;

/** What says which modules run, and what they may have. */
type ManifestOfInstallation = Pick<WrittenInstallation, "deployment" | "deploymentFile" | "deploymentLayers"> &
  AllowedOfInstallation;

/** What a stack has for the placeholders of its manifests. */
export interface StackFilling {
  /** Images of modules; undefined when these have problems of their own. */
  readonly images: Readonly<Record<string, string>> | undefined;
  /** Names that the environment gives. */
  readonly variables: readonly string[];
  /** Whether a Secret is made of registries' passwords, which no module may read. */
  readonly hasRegistries: boolean;
}

/** A ConfigMap holds 1 MiB in all. */
const maxManifestBytes = 1_000_000;

/** A manifest that EdgeAgent would accept. */
export interface ResolvedDeployment {
  /** As JSON. */
  readonly manifest: string;
  /** What EdgeAgent would accept but warn of, so that nobody has to deploy it to be told. */
  readonly warnings: readonly string[];
}

/**
 * The deployment manifest of an installation: with its layers merged, with module images put in for `${MODULES.<key>}`, and
 * with what a `.env` beside each file and variables of the environment say for other names. What is told of it has the
 * placeholders as they are written.
 */
export function resolveDeployment(
  source: ConfigSource,
  installation: ManifestOfInstallation,
  path: Path,
  { images, variables, hasRegistries }: StackFilling,
): Resolved<ResolvedDeployment> {
  const parts = readParts(source, installation, path);
  if ("problems" in parts) return parts;
  const repeated = parts.value.flatMap((part, index) => repetitions(part, index, parts.value));
  if (repeated.length > 0) return { problems: repeated };
  const beside = variablesBeside(source, parts.value);
  if ("problems" in beside) return beside;
  const assembled = assemble(
    parts.value.map(({ template }, index) => ({
      template,
      lookup: lookupFor(source, beside.value.variables[index], variables),
    })),
    images ?? {},
  );
  const { layerProblems, unknownImages, document, entries, fillProblems } = assembled;
  if (fillProblems.length > 0) return { problems: fillProblems.map((one) => problemOfFilling(one, parts.value)) };
  if (layerProblems.length > 0) return { problems: layerProblems.map((one) => problemOfLayer(one, parts.value)) };
  const at = parts.value[0]?.at ?? path;
  if (images !== undefined && unknownImages.size > 0) {
    return { problems: [...unknownImages].map((key) => unknownImage(key, at, Object.keys(images))) };
  }
  const manifest = canonicalJson(document);
  if (Buffer.byteLength(manifest) > maxManifestBytes) return { problems: [tooLarge(at)] };
  const parsed = parseAsWritten(manifest, settingsOf(installation, hasRegistries), assembled);
  const places = placesInParts(
    parts.value.map(({ text }) => text ?? ""),
    entries,
  );
  const placeOf = (one: ManifestProblem) => placeIn(parts.value, places(one.path));
  const warnings = parsed.warnings.map((one) =>
    describeProblem({ ...one, message: `${one.message}${placeOf(one).where}` }),
  );
  if (images === undefined || parsed.ok) {
    return { value: { manifest, warnings: [...beside.value.notes, ...warnings] } };
  }
  return { problems: parsed.errors.map((one) => refusal(one, placeOf(one))) };
}

/** A manifest, or a layer over it. */
interface Part {
  /** Where the configuration has it. */
  readonly at: Path;
  /** Absent where the configuration itself has it. */
  readonly file?: string;
  readonly text?: string;
  readonly template: JsonObject;
}

function readParts(source: ConfigSource, installation: ManifestOfInstallation, path: Path): Resolved<readonly Part[]> {
  const { deployment, deploymentFile, deploymentLayers = [] } = installation;
  const own: Part = { at: [...path, "deployment"], template: (deployment ?? emptyDeployment) as JsonObject };
  const read = (file: string, at: Path): Resolved<Part> => {
    const document = readJsonDocument(source, { path: at, file, remedy: "Correct the path or the file." });
    if ("problems" in document) return document;
    return { value: { at, file, text: document.value.text, template: document.value.object } };
  };
  const parts: readonly Resolved<Part>[] = [
    deploymentFile === undefined ? { value: own } : read(deploymentFile, [...path, "deploymentFile"]),
    ...deploymentLayers.map((file, index) => read(file, [...path, "deploymentLayers", index])),
  ];
  const problems = parts.flatMap((part) => ("problems" in part ? part.problems : []));
  return problems.length > 0 ? { problems } : { value: parts.flatMap((part) => ("value" in part ? [part.value] : [])) };
}

/** Where the configuration names the part, and where in its file something stands. */
interface PlaceInConfig {
  readonly at: string;
  readonly where: string;
}

function placeIn(parts: readonly Part[], found: PlaceInPart | undefined): PlaceInConfig {
  const part = parts[found?.part ?? 0];
  const where = found === undefined || part?.file === undefined ? "" : ` (${part.file}:${found.line}:${found.column})`;
  return { at: formatPath(part?.at ?? []), where };
}

/** What stands twice in a file, of which nothing is left once it is read. */
function repetitions({ text = "" }: Part, index: number, parts: readonly Part[]): readonly Problem[] {
  return repeatedKeys(text).map(({ path, message, remedy }) => {
    const { at } = placeIn(parts, { part: index, line: 1, column: 1 });
    const file = parts[index]?.file;
    return { path: `${at}: ${path}`, found: `${message} of ${file}`, allowed: "there once", remedy };
  });
}

function problemOfLayer({ layer, keys, path, message, remedy }: LayerProblem, parts: readonly Part[]): Problem {
  const part = parts[layer + 1];
  const place = placeAt(part?.text ?? "", keys);
  const { at, where } = placeIn(parts, place && { part: layer + 1, ...place });
  return {
    path: path === "" ? at : `${at}: ${path}`,
    found: `${message}${where}`,
    allowed: "a layer as IoT Hub has it",
    remedy,
  };
}

function problemOfFilling(
  { part, keys, message, remedy }: AssembledManifest["fillProblems"][number],
  parts: readonly Part[],
) {
  const { file, text = "" } = parts[part] ?? {};
  const place = keys && placeAt(text, keys);
  const { at, where } = placeIn(parts, { part, ...(place ?? { line: 1, column: 1 }) });
  const found = `${message}${place === undefined && file !== undefined ? ` (${file})` : where}`;
  return {
    path: keys === undefined ? at : `${at}: ${pathOfSteps(keys, "")}`,
    found,
    allowed: "filled in with what may stand in a ConfigMap",
    remedy,
  };
}

/** What is beside the files of a manifest. */
interface BesideParts {
  /** For each of them; undefined where there is none. */
  readonly variables: readonly (Variables | undefined)[];
  /** What they say that nobody will see, each file once. */
  readonly notes: readonly string[];
}

function variablesBeside(source: ConfigSource, parts: readonly Part[]): Resolved<BesideParts> {
  const notes = new Map<string, readonly string[]>();
  const problems: Problem[] = [];
  const variables = parts.map((part) => {
    const content = contentBeside(source, part);
    problems.push(...unreadVariables(content, part));
    const read = "text" in content ? readVariables(content.text) : undefined;
    if (read === undefined) return undefined;
    const own = fileBeside(part);
    notes.set(
      own,
      read.notes.map(({ line, message, remedy }) => `${own}:${line} ${message}. ${remedy}`),
    );
    return read;
  });
  return problems.length > 0 ? { problems } : { value: { variables, notes: [...notes.values()].flat() } };
}

function fileBeside({ file = "" }: Part): string {
  return join(dirname(file), variablesFileName);
}

/** The `.env` beside the manifest's file, where there are placeholders that it may fill. */
function contentBeside(source: ConfigSource, part: Part): FileContent {
  if (part.file === undefined || part.text?.includes("$") !== true) return { failure: "missing" };
  return source.readFile(resolve(source.projectRoot, fileBeside(part)), "variables");
}

/** What it says would not be known, and the placeholders be left as they are. */
function unreadVariables(beside: FileContent, { at, file = "" }: Part): readonly Problem[] {
  if ("text" in beside || beside.failure === "missing") return [];
  const found = `has beside ${file} a .env that is ${beside.failure}`;
  return [
    { path: formatPath(at), found, allowed: "beside one that can be read", remedy: variablesRemedy(beside.failure) },
  ];
}

/** A `.env` beside the manifest's file, and else what the stack lists of the environment. */
function lookupFor(source: ConfigSource, beside: Variables | undefined, names: readonly string[]) {
  const environment = source.variable ?? (() => undefined);
  return lookupIn(beside, { names, environment });
}

function settingsOf(installation: AllowedOfInstallation, hasRegistries: boolean): ModuleSettings {
  const { imagePullSecrets = [], ...args } = installation;
  return settingsOfModules(args as Parameters<typeof settingsOfModules>[0], { imagePullSecrets, hasRegistries });
}

/** What EdgeAgent would refuse is told before anything is deployed, with everything else that is wrong. */
function refusal({ path, message, remedy }: ManifestProblem, { at, where }: PlaceInConfig): Problem {
  return {
    path: path === "" ? at : `${at}: ${path}`,
    found: `${message}${where}`,
    allowed: "what EdgeAgent accepts",
    remedy,
  };
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
