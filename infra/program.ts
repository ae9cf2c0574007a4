import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { EdgeError } from "#base";
import {
  type InstallationConfig,
  loadConfig,
  type NamedCluster,
  passwordOf,
  pulumiConfigSource,
  type RegistryConfig,
  type StackConfig,
} from "./config/index.ts";
import { EdgeInstallation, type EdgeInstallationArgs, type RegistryArgs } from "./installation/index.ts";

/** What a stack shows of its installations, by name. */
export interface StackOutputs {
  readonly installations: Readonly<Record<string, InstallationOutputs>>;
}

/** Each an output of its own, so that a preview hides only what it cannot know. */
export interface InstallationOutputs {
  readonly namespace: pulumi.Output<string>;
  readonly audience: pulumi.Output<string>;
  readonly workloadUri: pulumi.Output<string>;
  readonly managementUri: pulumi.Output<string>;
  readonly trustBundleSha256: pulumi.Output<string>;
}

/**
 * A Pulumi program that declares what a stack's configuration asks for under `iotedge:`. It may run for several stacks of
 * one process.
 *
 * @param projectDirectory absolute path of the directory of Pulumi.yaml: paths in the configuration are relative to it
 * @example export default stackProgram(import.meta.dirname);
 */
export function stackProgram(projectDirectory: string): () => Promise<StackOutputs> {
  return async () => {
    try {
      return declareStack(loadConfig(pulumiConfigSource(projectDirectory)));
    } catch (error) {
      throw error instanceof EdgeError ? readable(error) : error;
    }
  };
}

/** Pulumi shows an error of its own class as it is, any other with a stack trace. */
function readable(error: EdgeError): Error {
  return Object.assign(new pulumi.RunError(`${error.code}: ${error.message}\n${error.remedy}`), { cause: error });
}

function declareStack(config: StackConfig): StackOutputs {
  const provider = declareProvider(config.cluster);
  const outputs = config.installations.map((installation) => {
    for (const warning of installation.deploymentWarnings) {
      void pulumi.log.warn(`installation ${installation.name}: ${warning}`);
    }
    const args = installationArgs(installation, config);
    const { namespace, audience, workloadUri, managementUri, trustBundleSha256 } = new EdgeInstallation(
      installation.name,
      args,
      { providers: { kubernetes: provider } },
    );
    return [installation.name, { namespace, audience, workloadUri, managementUri, trustBundleSha256 }] as const;
  });
  return { installations: Object.fromEntries(outputs) };
}

/**
 * Without a named cluster the ambient kubeconfig decides. Secrets and ConfigMaps are changed in place either way:
 * replacing one deletes it first, and pods that mount it would see it vanish.
 */
function declareProvider(cluster: NamedCluster | undefined): k8s.Provider {
  const inPlace = { enableSecretMutable: true, enableConfigMapMutable: true };
  if (cluster === undefined) return new k8s.Provider("kubernetes", inPlace);
  const { context, clusterIdentifier, kubeconfig, holdsContent } = cluster;
  return new k8s.Provider(
    "kubernetes",
    { ...inPlace, context, clusterIdentifier, kubeconfig: holdsContent ? pulumi.secret(kubeconfig) : kubeconfig },
    { transformations: [strictMode] },
  );
}

/** The provider has this input, but the SDK's `ProviderArgs` lack it: it refuses to fall back to another cluster. */
function strictMode({ props, opts }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  return { props: { ...props, strictMode: "true" }, opts };
}

function installationArgs(
  { deploymentWarnings: _, ...config }: InstallationConfig,
  { images, registries, clusterObjects }: StackConfig,
): EdgeInstallationArgs {
  const { iotedged, edgeAgent, proxy } = images;
  return {
    ...config,
    images: { iotedged, edgeAgent, proxy },
    clusterObjects,
    registries: registries.map(registryArgs),
  };
}

/** The SDK's types do not say that an output of it is one of every type. */
const unknownText = pulumi.output(unknown) as unknown as pulumi.Output<string>;

/** Whoever only looks at a stack needs no password: a preview does not know it. */
function registryArgs(registry: RegistryConfig): RegistryArgs {
  const { server, username, password } = registry;
  const isUnknown = password === undefined && pulumi.runtime.isDryRun();
  return { server, username, password: isUnknown ? unknownText : pulumi.secret(passwordOf(registry)) };
}
