/** A kind of cluster for development, and the program that puts images into its nodes. */
export interface ClusterTool {
  /** As users call the cluster. */
  readonly cluster: string;
  readonly program: string;
  /** Names of contexts that the program writes; its group, if any, is the name of the cluster. */
  readonly context: RegExp;
  /** Loads an archive of images. Names stand behind `=`, so that none is taken for an option. */
  readonly load: (archive: string, name: string) => readonly string[];
  /** Whether only this machine's node gets the images. */
  readonly thisNodeOnly: boolean;
}

/** docs/clusters.md has the same rows; a test compares them. */
export const clusterTools: readonly ClusterTool[] = [
  {
    cluster: "kind",
    program: "kind",
    context: /^kind-(.+)$/,
    load: (archive, name) => ["load", "image-archive", archive, `--name=${name}`],
    thisNodeOnly: false,
  },
  {
    cluster: "k3d",
    program: "k3d",
    context: /^k3d-(.+)$/,
    load: (archive, name) => ["image", "import", archive, `--cluster=${name}`],
    thisNodeOnly: false,
  },
  {
    cluster: "minikube",
    program: "minikube",
    context: /^(minikube)$/,
    load: (archive, name) => ["image", "load", archive, `--profile=${name}`],
    thisNodeOnly: false,
  },
  {
    cluster: "k3s",
    program: "k3s",
    context: /^k3s$/,
    load: (archive) => ["ctr", "images", "import", archive],
    thisNodeOnly: true,
  },
  {
    cluster: "MicroK8s",
    program: "microk8s",
    context: /^microk8s$/,
    load: (archive) => ["ctr", "image", "import", archive],
    thisNodeOnly: true,
  },
];

/** The tool that a context belongs to, by the context's name, and what it calls the cluster. */
export function toolOfContext(context: string): { readonly tool: ClusterTool; readonly name: string } | undefined {
  for (const tool of clusterTools) {
    const found = tool.context.exec(context);
    if (found !== null) return { tool, name: found[1] ?? "" };
  }
  return undefined;
}
