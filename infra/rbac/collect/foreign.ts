import { isJsonObject } from "#base";

/** What `kubectl apply` refuses, but something else may make objects of. */
const leads: readonly (readonly [problem: string, keys: readonly string[]])[] = [
  [
    "is a kustomization; name it as kustomize:PATH, or pass what 'kustomize build' prints",
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
  "kustomization.yaml": "is a kustomization; name it as kustomize:PATH, or pass what 'kustomize build' prints",
  "kustomization.yml": "is a kustomization; name it as kustomize:PATH, or pass what 'kustomize build' prints",
  "Chart.yaml": "belongs to a Helm chart; name it as helm:CHART, or pass what 'helm template' prints",
  "fleet.yaml": "is of Rancher Fleet, which makes objects of it; pass rendered manifests",
  "helmfile.yaml": "is of helmfile, which makes objects of it; pass what 'helmfile template' prints",
};

/**
 * Why a document without a kind matters.
 *
 * @param file where it stands
 * @returns undefined for what no tool makes objects of, such as the values of a chart or the settings of a linter
 */
export function foreignProblem(content: unknown, file: string | undefined): string | undefined {
  if (content === null || content === undefined) return undefined;
  if (!isJsonObject(content)) return "is no object";
  const name = file?.split(/[/\\]/).at(-1) ?? "";
  if (Object.hasOwn(files, name)) return files[name];
  return leads.find(([, keys]) => keys.some((key) => Object.hasOwn(content, key)))?.[0];
}
