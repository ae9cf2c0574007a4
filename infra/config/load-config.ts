import { Default } from "typebox/value";
import type { Images } from "#contract";
import { configErrors, type EdgeError } from "#errors";
import { checkRules } from "./check-rules.ts";
import { checkSchema } from "./check-schema.ts";
import { resolveDeployment } from "./deployment.ts";
import { resolveImages } from "./images.ts";
import { isNestedDeeper, type JsonObject } from "./json.ts";
import { maxDepth } from "./json-file.ts";
import { type NamedCluster, resolveCluster } from "./kubernetes.ts";
import { formatProblems, isSound, type Problem } from "./problem.ts";
import { ConfigSchema, type WrittenConfig, type WrittenInstallation } from "./schema.ts";
import { type ConfigSource, isSecretPath } from "./source.ts";

/** One installation, with nothing left to default. */
export interface InstallationConfig extends Omit<WrittenInstallation, "deployment" | "deploymentFile"> {
  readonly name: string;
  readonly deviceId: string;
  /** Deployment manifest as JSON. */
  readonly deployment: string;
}

/** A stack's configuration: checked, with defaults and files filled in. */
export interface StackConfig {
  readonly cluster: NamedCluster | undefined;
  readonly images: Images;
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
  const schemaProblems = checkSchema(values, (path) => isSecretPath(source, path));
  const problems = [...encryptedKeys(source), ...schemaProblems, ...checkRules(values, schemaProblems)];
  // From here on a part is only looked at where nothing is wrong with it.
  const written = values as unknown as WrittenConfig;
  const sound = (...path: (string | number)[]) => isSound(problems, path);

  const images = sound("images") && sound("imagesFile") ? resolveImages(source, written) : { problems: [] };
  const cluster = sound("kubernetes") ? resolveCluster(source, written.kubernetes) : { cluster: undefined };
  const moduleImages = "images" in images ? (images.images.modules ?? {}) : undefined;
  const deployments = soundInstallations(written, problems).map(({ installation, index }) => ({
    installation,
    resolved: resolveDeployment(source, installation, ["installations", index], moduleImages),
  }));

  if ("problems" in images) problems.push(...images.problems);
  if ("problem" in cluster) problems.push(cluster.problem);
  problems.push(...deployments.flatMap(({ resolved }) => ("problems" in resolved ? resolved.problems : [])));
  const onlyImagesMissing = problems.length === 1 && "missingFile" in images ? images.missingFile : undefined;
  if (problems.length > 0 || "problems" in images || "problem" in cluster) {
    return rejected(source, problems, onlyImagesMissing);
  }
  return {
    config: {
      cluster: cluster.cluster,
      images: images.images,
      installations: deployments.flatMap(({ installation, resolved }) =>
        "manifest" in resolved ? completed(installation, resolved.manifest) : [],
      ),
    },
  };
}

function soundInstallations(written: WrittenConfig, problems: readonly Problem[]) {
  if (!Array.isArray(written.installations)) return [];
  return written.installations
    .map((installation, index) => ({ installation, index }))
    .filter(({ index }) => isSound(problems, ["installations", index]));
}

function completed(written: WrittenInstallation, manifest: string): InstallationConfig {
  const { deployment: _, deploymentFile: __, ...rest } = written;
  const name = written.name ?? written.namespace;
  return { ...rest, name, deviceId: written.deviceId ?? name, deployment: manifest };
}

function rejected(source: ConfigSource, problems: readonly Problem[], specific?: EdgeError): CheckedConfig {
  const error = configErrors.EDGE_CONFIG_INVALID({
    stack: source.stack,
    count: problems.length === 1 ? "a problem" : `${problems.length} problems`,
    problems: formatProblems(problems),
  });
  return { problems, error: specific ?? error };
}

/** All but the cluster's credentials ends up in ConfigMaps and pod specs, where nothing is secret. */
function encryptedKeys(source: ConfigSource): readonly Problem[] {
  return [...source.secretKeys]
    .filter((key) => key !== "kubernetes")
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
