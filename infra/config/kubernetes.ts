import { resolve } from "node:path";
import type { Problem, Resolved } from "#base";
import type { WrittenConfig } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** The cluster that a stack names. */
export interface NamedCluster {
  readonly context: string;
  /** Path or content of the kubeconfig; a content is a secret. `~/` is left in: the path is kept in the stack's state. */
  readonly kubeconfig: string;
  readonly holdsContent: boolean;
  /** Identifies the cluster even where kubeconfig or context are renamed. */
  readonly clusterIdentifier: string;
}

/** The named cluster with the kubeconfig's whereabouts, or none where the stack leaves it to the ambient kubeconfig. */
export function resolveCluster(
  source: ConfigSource,
  written: WrittenConfig["kubernetes"],
): Resolved<NamedCluster | undefined> {
  const { context, kubeconfig, clusterIdentifier } = written;
  if (context === undefined) {
    return kubeconfig === undefined && clusterIdentifier === undefined
      ? { value: undefined }
      : { problems: [noContext] };
  }
  const variable = source.kubeconfigVariable ?? "";
  if (kubeconfig === undefined && variable.includes(":")) return { problems: [severalFiles] };
  const holdsContent = kubeconfig !== undefined && isContent(kubeconfig);
  const file = kubeconfig ?? (variable || "~/.kube/config");
  return {
    value: {
      context,
      kubeconfig: holdsContent ? kubeconfig : locateFile(source.projectRoot, file),
      holdsContent,
      clusterIdentifier: clusterIdentifier ?? context,
    },
  };
}

const noContext: Problem = {
  path: "kubernetes.context",
  found: "is missing",
  allowed: "a context of the kubeconfig, because a stack that names its cluster names it in full",
  remedy: "Add it; `kubectl config get-contexts` lists them.",
};

const severalFiles: Problem = {
  path: "kubernetes.kubeconfig",
  found: "is missing, and $KUBECONFIG names several files",
  allowed: "the one file that has the context",
  remedy: "Set it, or let $KUBECONFIG name one file.",
};

function isContent(kubeconfig: string): boolean {
  return kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
}

function locateFile(projectRoot: string, file: string): string {
  return file.startsWith("~/") ? file : resolve(projectRoot, file);
}
