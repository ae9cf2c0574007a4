import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { shellWord } from "#base";
import { kubernetesErrors } from "./errors.ts";

/** Loaded where it is used: commands that call no cluster start without it. */
type Client = typeof import("@kubernetes/client-node");

/** Names a cluster. There is no default on purpose: the current context of a kubeconfig is never used. */
export interface ClusterName {
  readonly context: string;
  /**
   * Path of the kubeconfig.
   * @default the files of `$KUBECONFIG`, else `~/.kube/config`
   */
  readonly kubeconfig?: string | undefined;
  /**
   * Path of the kubectl for it, in commands that are printed.
   * @default the one on the PATH
   */
  readonly kubectl?: string | undefined;
}

/** What each was loaded by. */
const names = new WeakMap<KubeConfig, ClusterName>();

/** kubectl as it asks a cluster, for commands that are printed. */
export function kubectlCommand({ context, kubeconfig, kubectl = "kubectl" }: ClusterName): string {
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  return [kubectl, ...file, "--context", context].map(shellWord).join(" ");
}

/** The same for the cluster that a configuration has chosen. */
export function kubectlFor(config: KubeConfig): string {
  return kubectlCommand(clusterNameOf(config));
}

/** What names the cluster that a configuration has chosen, for commands that are printed. */
export function clusterNameOf(config: KubeConfig): ClusterName {
  return names.get(config) ?? { context: config.getCurrentContext() };
}

/**
 * Reads the kubeconfig and selects the context.
 *
 * @throws EDGE_APPLY_KUBECONFIG, EDGE_APPLY_CONTEXT_MISSING
 */
export async function loadKubeConfig(name: ClusterName, env: NodeJS.ProcessEnv = process.env): Promise<KubeConfig> {
  const files = name.kubeconfig ? [name.kubeconfig] : filesOf(env.KUBECONFIG);
  const client = await import("@kubernetes/client-node");
  const merged = merge(await readKubeConfigs(files, client), client);
  const contexts = merged.getContexts().map((context) => context.name);
  if (!contexts.includes(name.context)) {
    const known = contexts.join(", ") || "(the file has none)";
    const details = { file: files.join(":"), context: name.context, contexts: known };
    throw kubernetesErrors.EDGE_APPLY_CONTEXT_MISSING(details);
  }
  merged.setCurrentContext(name.context);
  if (merged.getCurrentCluster() === null) {
    const problem = `context ${name.context} names a cluster that is not there`;
    throw kubernetesErrors.EDGE_APPLY_KUBECONFIG({ file: files.join(":"), problem });
  }
  names.set(merged, name);
  return merged;
}

/** The variable may name several files, `--kubeconfig` one: as for kubectl, which printed commands give it to. */
function filesOf(variable: string | undefined): readonly string[] {
  return (variable || join(homedir(), ".kube", "config")).split(delimiter).filter((file) => file !== "");
}

/** Of several files some may be missing, as for kubectl. */
async function readKubeConfigs(files: readonly string[], client: Client): Promise<readonly KubeConfig[]> {
  const read = await Promise.all(files.map((file) => readKubeConfig(file, client)));
  const found = read.filter((config) => config !== undefined);
  if (found.length > 0) return found;
  throw kubernetesErrors.EDGE_APPLY_KUBECONFIG({ file: files.join(":"), problem: "there is no such file" });
}

/** @returns undefined where there is no such file */
async function readKubeConfig(file: string, client: Client): Promise<KubeConfig | undefined> {
  const config = new client.KubeConfig();
  try {
    await access(file);
    config.loadFromFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    // A parser's message may quote the file, which holds keys.
    const problem = code ?? "it is no valid kubeconfig";
    throw kubernetesErrors.EDGE_APPLY_KUBECONFIG({ file, problem }, { cause });
  }
  return config;
}

/** kubectl's rule: the first file that has a name wins. The library's own merging refuses names that files share. */
function merge(configs: readonly KubeConfig[], client: Client): KubeConfig {
  const merged = new client.KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.flatMap((config) => config.getClusters())),
    users: firstOfEachName(configs.flatMap((config) => config.getUsers())),
    contexts: firstOfEachName(configs.flatMap((config) => config.getContexts())),
    currentContext: "",
  });
  return merged;
}

function firstOfEachName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.filter(({ name }, index) => items.findIndex((other) => other.name === name) === index);
}
