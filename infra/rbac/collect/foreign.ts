import { isJsonObject } from "#base";

/** Why a document matters that is no object of Kubernetes. */
export interface ForeignProblem {
  /** Reads on from "a document of x.yaml". */
  readonly problem: string;
  /** Whether what it makes depends on other files, such as patches and values, so that it is never known to be the same. */
  readonly readsFiles: boolean;
}

const kustomization = "is a kustomization; name it as kustomize:PATH, or pass what 'kustomize build' prints";

/** What `kubectl apply` refuses, but something else may make objects of. */
const leads: readonly (readonly [problem: string, keys: readonly string[]])[] = [
  [
    kustomization,
    [
      "resources",
      "bases",
      "components",
      "patches",
      "patchesStrategicMerge",
      "patchesJson6902",
      "generators",
      "transformers",
      "helmCharts",
      "configMapGenerator",
      "secretGenerator",
    ],
  ],
  ["holds rules or subjects, but has no kind", ["roleRef", "subjects", "rules", "aggregationRule"]],
  ["has no kind, so it is no object of Kubernetes", ["apiVersion", "metadata"]],
];

const files: Readonly<Record<string, string>> = {
  "kustomization.yaml": kustomization,
  "kustomization.yml": kustomization,
  Kustomization: kustomization,
  "Chart.yaml": "belongs to a Helm chart; name it as helm:CHART, or pass what 'helm template' prints",
  "fleet.yaml": "is of Rancher Fleet, which makes objects of it; pass rendered manifests",
  "helmfile.yaml": "is of helmfile, which makes objects of it; pass what 'helmfile template' prints",
};

/** Parameters that Argo CD sets over those of an Application whose source the folder is. */
const argoCdParameters = /^\.argocd-source(?:-.+)?\.yaml$/;
/** Parameters that stand in other files. */
const fromFiles = /"(?:valueFiles|fileParameters|components|path)"/;

/** Whether Argo CD takes a file of a chart or kustomization for parameters, which nobody else does. */
export const isArgoCdParameters = (name: string) => argoCdParameters.test(name);

/**
 * Why a document matters for the name of its file, whatever stands in it.
 *
 * @param file where it stands
 */
export function problemByName(content: unknown, file: string | undefined): ForeignProblem | undefined {
  if (content === null || content === undefined) return undefined;
  const name = file?.split(/[/\\]/).at(-1) ?? "";
  const known = Object.hasOwn(files, name) ? files[name] : undefined;
  if (known !== undefined) return { problem: known, readsFiles: true };
  if (!isArgoCdParameters(name)) return undefined;
  const problem = "sets parameters by which Argo CD makes other objects of this folder";
  return { problem, readsFiles: fromFiles.test(JSON.stringify(content)) };
}

/**
 * Why a document without a kind matters.
 *
 * @param file where it stands
 * @returns undefined for what no tool makes objects of, such as the values of a chart or the settings of a linter
 */
export function foreignProblem(content: unknown, file: string | undefined): ForeignProblem | undefined {
  if (content === null || content === undefined) return undefined;
  if (!isJsonObject(content)) return { problem: "is no object", readsFiles: false };
  const lead = leads.find(([, keys]) => keys.some((key) => Object.hasOwn(content, key)));
  return problemByName(content, file) ?? (lead && { problem: lead[0], readsFiles: lead[0] === kustomization });
}
