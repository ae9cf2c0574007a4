import { formatYaml, type KubernetesObject, objectFileName } from "../render/index.ts";
import { type FolderFile, markMarkdown, markYaml } from "./marked-file.ts";
import { readmeOf } from "./readme.ts";

export interface FolderOptions {
  /** Whose manifests they are: project and stack. */
  readonly owner: string;
  /** @default false */
  readonly readme?: boolean;
  /** Names of the files of encrypted keys that are in the folder. @default none */
  readonly keyFiles?: readonly string[];
}

const kustomizationFile = "kustomization.yaml";
const readmeFile = "README.md";

/**
 * The files of a folder for GitOps: one for each object, and a kustomization that names them in the order of installation.
 * The same objects give the same bytes.
 *
 * @param objects in the order of installation
 * @returns the kustomization last
 */
export async function folderFiles(
  objects: readonly KubernetesObject[],
  { owner, readme = false, keyFiles = [] }: FolderOptions,
): Promise<readonly FolderFile[]> {
  const names = objects.map(objectFileName);
  const namespaces = objects.filter(({ kind }) => kind === "Namespace").length;
  const files = await Promise.all(
    objects.map(async (object, index) => markYaml(names[index] ?? "", owner, await formatYaml([object]))),
  );
  return [
    ...files,
    ...(readme ? [markMarkdown(readmeFile, owner, readmeOf(objects, owner, keyFiles))] : []),
    markYaml(
      kustomizationFile,
      owner,
      await kustomizationOf([...names.slice(0, namespaces), ...keyFiles, ...names.slice(namespaces)]),
    ),
  ];
}

async function kustomizationOf(resources: readonly string[]): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    // Else kustomize has an order of its own, in which policies come after what they restrict.
    sortOptions: { order: "fifo" },
    resources,
  });
}
