import { join, relative } from "node:path";
import { Default } from "typebox/value";
import {
  checkSchema,
  type EdgeError,
  formatProblems,
  isNestedDeeper,
  isSound,
  type JsonObject,
  type Path,
  type Problem,
  type Resolved,
} from "#base";
import { createScrubber, holdsSecret, type Images } from "#contract";
import { checkRules } from "./check-rules.ts";
import { resolveDeployment, type StackFilling } from "./deployment.ts";
import { variableProblems } from "./deployment-variables.ts";
import { configErrors } from "./errors.ts";
import { resolveImages } from "./images.ts";
import { maxDepth } from "./json-file.ts";
import { type NamedCluster, resolveCluster } from "./kubernetes.ts";
import { type RegistryConfig, registryProblems, resolveRegistries } from "./registries.ts";
import { ConfigSchema, type WrittenConfig, type WrittenInstallation } from "./schema.ts";
import { type ConfigSource, isSecretPath } from "./source.ts";

/** One installation, with nothing left to default. */
export interface InstallationConfig
  extends Omit<WrittenInstallation, "deployment" | "deploymentFile" | "deploymentLayers"> {
  readonly name: string;
  /** Absent where a provisioning service says it. */
  readonly deviceId?: string;
  /** Deployment manifest as JSON; absent where IoT Hub has it. */
  readonly deployment?: string;
  /** What EdgeAgent would warn of in it. */
  readonly deploymentWarnings: readonly string[];
}

/** A stack's configuration: checked, with defaults and files filled in. */
export interface StackConfig {
  readonly cluster: NamedCluster | undefined;
  readonly images: Images;
  readonly registries: readonly RegistryConfig[];
  readonly clusterObjects: WrittenConfig["clusterObjects"];
  readonly installations: readonly InstallationConfig[];
}

export type CheckedConfig =
  | { readonly config: StackConfig }
  | { readonly problems: readonly Problem[]; readonly error: EdgeError };

/**
 * The stack's configuration.
 *
 * @throws EDGE_CONFIG_INVALID with all problems, or EDGE_CONFIG_IMAGES_MISSING when that is the only one
 */
export function loadConfig(source: ConfigSource): StackConfig {
  const checked = checkConfig(source);
  if ("error" in checked) throw checked.error;
  return checked.config;
}

/** Like {@link loadConfig}, for callers that show the problems their own way. */
export function checkConfig(source: ConfigSource): CheckedConfig {
  if (isNestedDeeper(source.values, maxDepth)) return rejected(source, [tooDeep]);
  const values = Default(ConfigSchema, structuredClone(source.values)) as JsonObject;
  const isSecret = (path: Path) => isSecretPath(source, path) || isMisplacedSecret(values, path);
  const schemaProblems = checkSchema(values, isSecret, ConfigSchema);
  const encrypted = encryptedKeys(source);
  // The checks below show what they find, so they must not see a secret.
  if (encrypted.length > 0) return rejected(source, [...encrypted, ...schemaProblems]);
  const problems = [...schemaProblems, ...checkRules(values, schemaProblems)];
  const resolved = resolveParts(source, values as unknown as WrittenConfig, problems);
  if ("problems" in resolved) return rejected(source, [...problems, ...resolved.problems]);
  return { config: resolved.value };
}

const scrubber = createScrubber();

/** Whether a value is a secret by its form, at a place that is none of one: a proxy's password, a connection string. */
function isMisplacedSecret(values: JsonObject, path: Path): boolean {
  const value = path.reduce<unknown>(
    (at, step) => (at as Record<string | number, unknown> | undefined)?.[step],
    values,
  );
  if (typeof value !== "string") return false;
  // A key alone is known by nothing but that it looks random, as digests of images do as well.
  return holdsSecret(value) || (path.includes("provisioning") && scrubber.text(value) !== value);
}

/** Looks at each part in which the checks found no fault; without any such part there is no value. */
function resolveParts(source: ConfigSource, written: WrittenConfig, found: readonly Problem[]): Resolved<StackConfig> {
  const sound = (...path: Path) => isSound(found, path);
  const cluster = sound("kubernetes") ? resolveCluster(source, written.kubernetes) : unsound;
  const images = sound("images") && sound("imagesFile") ? resolveImages(source, written) : unsound;
  const badRegistries = sound("registries") ? registryProblems(source, written.registries) : [];
  const moduleImages = "value" in images ? (images.value.modules ?? {}) : undefined;
  const badVariables = sound("deploymentVariables") ? variableProblems(written.deploymentVariables) : [];
  const filling = {
    images: moduleImages,
    variables: sound("deploymentVariables") ? written.deploymentVariables : [],
    hasRegistries: !sound("registries") || written.registries.length > 0,
  };
  const listed = Array.isArray(written.installations) ? written.installations : [];
  const installations = listed.map((installation, index) => {
    const path = ["installations", index];
    return sound(...path) ? resolveInstallation(source, installation, path, filling) : unsound;
  });
  const values = installations.flatMap((installation) => ("value" in installation ? [installation.value] : []));
  const own = [...badRegistries, ...badVariables];
  const isSoundAll = found.length === 0 && own.length === 0 && values.length === installations.length;
  if (isSoundAll && "value" in cluster && "value" in images) {
    const registries = resolveRegistries(source, written.registries);
    const { clusterObjects } = written;
    const value = { cluster: cluster.value, images: images.value, registries, clusterObjects, installations: values };
    return { value };
  }
  const parts = [cluster, images, { problems: own }, ...installations];
  return { problems: parts.flatMap((part) => ("problems" in part ? part.problems : [])) };
}

const unsound = { problems: [] };

function resolveInstallation(
  source: ConfigSource,
  written: WrittenInstallation,
  path: Path,
  filling: StackFilling,
): Resolved<InstallationConfig> {
  const { deployment: _, deploymentFile: __, deploymentLayers: ___, ...rest } = written;
  const name = written.name ?? written.namespace;
  const device = written.provisioning?.source === "dps" ? {} : { deviceId: written.deviceId ?? name };
  if (written.provisioning !== undefined) return { value: { ...rest, name, ...device, deploymentWarnings: [] } };
  const manifest = resolveDeployment(source, written, path, filling);
  if ("problems" in manifest) return manifest;
  const { manifest: deployment, warnings: deploymentWarnings } = manifest.value;
  return { value: { ...rest, name, ...device, deployment, deploymentWarnings } };
}

function rejected(source: ConfigSource, problems: readonly Problem[]): CheckedConfig {
  const [first] = problems;
  const error = configErrors.EDGE_CONFIG_INVALID({
    stack: source.stack,
    example: shownPath(source.projectRoot, exampleFile),
    count: problems.length === 1 ? "a problem" : `${problems.length} problems`,
    problems: formatProblems(problems),
  });
  return { problems, error: (problems.length === 1 && first?.error) || error };
}

/** Of the package, wherever the project has it. */
const exampleFile = join(import.meta.dirname, "../../stacks/Pulumi.example.yaml");

/** As a reader in the project's directory opens it. */
function shownPath(projectRoot: string, file: string): string {
  const path = relative(projectRoot, file);
  return path.startsWith("..") ? file : path;
}

/** All but the credentials of the cluster and of registries ends up in ConfigMaps and pod specs, where nothing is secret. */
function encryptedKeys(source: ConfigSource): readonly Problem[] {
  return [...source.secretKeys]
    .filter((key) => key !== "kubernetes" && key !== "registries")
    .map((key) => ({
      path: key,
      found: "is encrypted",
      allowed: "plain, because what it says will be readable in the cluster",
      remedy: "Put the secret into a Kubernetes Secret that the module mounts, and the rest here in plain text.",
    }));
}

const tooDeep: Problem = {
  path: "the configuration",
  found: "is nested too deep",
  allowed: `at most ${maxDepth} maps and lists deep`,
  remedy: "Put deep values into a deployment file's createOptions as text.",
};
