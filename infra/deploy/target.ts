import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isJsonObject, parseJson } from "#base";
import type { ClusterName } from "../kubernetes/index.ts";
import { loadProject, type StackProject } from "../render/index.ts";
import { deployErrors } from "./errors.ts";

export interface TargetOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly stack?: string | undefined;
}

/** The cluster that a command works on, and how it came to be named. */
export interface Target extends ClusterName {
  readonly kind: "named" | "stack" | "local";
}

/** Finds the local cluster, when it runs. */
export type FindLocal = () => Promise<
  { readonly context: string; readonly kubeconfig: string; readonly kubectl?: string } | undefined
>;

/**
 * The cluster that the user has named: by `--context`, by the stack's configuration, or by having started the local
 * one. Never the current context of a kubeconfig.
 *
 * @throws EDGE_CLI_NO_CLUSTER, EDGE_CLI_CONTEXT_CONFLICT
 */
export async function resolveTarget(
  projectDirectory: string,
  options: TargetOptions,
  findLocal: FindLocal = findLocalCluster,
): Promise<Target> {
  const { context, kubeconfig, stack } = options;
  const own = stack === undefined ? undefined : clusterOfStack(await loadProject(projectDirectory, stack), kubeconfig);
  if (context !== undefined) {
    if (own !== undefined && stack !== undefined && own.context !== context) {
      throw deployErrors.EDGE_CLI_CONTEXT_CONFLICT({ stack, own: own.context, given: context });
    }
    return { kind: "named", context, kubeconfig: kubeconfig ?? own?.kubeconfig };
  }
  if (own !== undefined) return { kind: "stack", ...own };
  const local = await findLocal();
  if (local === undefined) throw deployErrors.EDGE_CLI_NO_CLUSTER();
  return { kind: "local", context: local.context, kubeconfig: local.kubeconfig, kubectl: local.kubectl };
}

/**
 * The cluster that a stack names; undefined where it names none.
 *
 * @param named kubeconfig that counts instead of the stack's own
 * @throws EDGE_CLI_KUBECONFIG_CONTENT
 */
export function clusterOfStack(project: StackProject, named: string | undefined): ClusterName | undefined {
  const { directory, stack } = project;
  const text = project.config.get("iotedge:kubernetes");
  // The program checks the configuration, and says what is wrong with it.
  const written = parseJson(text);
  if (!isJsonObject(written) || typeof written.context !== "string") return undefined;
  const { context, kubeconfig } = written;
  if (named !== undefined) return { context, kubeconfig: named };
  if (project.hasEncryptedKubeconfig) throw deployErrors.EDGE_CLI_KUBECONFIG_CONTENT({ stack });
  if (typeof kubeconfig !== "string") return { context };
  if (kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{")) {
    throw deployErrors.EDGE_CLI_KUBECONFIG_CONTENT({ stack });
  }
  const isInHome = kubeconfig.startsWith("~/");
  return {
    context,
    kubeconfig: isInHome ? join(homedir(), kubeconfig.slice(2)) : resolve(directory, kubeconfig),
  };
}

async function findLocalCluster() {
  const { clusterStatus } = await import("../local-cluster/index.ts");
  return (await clusterStatus()).cluster;
}
