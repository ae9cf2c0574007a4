import { ensureGoTools } from "./go-tools.ts";

const modules = [
  { name: "helm", title: "Helm", packages: ["helm.sh/helm/v3/cmd/helm"] },
  { name: "kustomize", title: "Kustomize", packages: ["sigs.k8s.io/kustomize/kustomize/v5"] },
];

/**
 * Compiles helm and kustomize from their pinned modules, unless this user's cache holds them: about 3 minutes once.
 *
 * @returns the folder of the two programs
 */
export function ensureGitopsTools(progress: (line: string) => void): Promise<string> {
  return ensureGoTools("gitops-tools", modules, progress);
}
