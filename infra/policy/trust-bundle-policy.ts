import type { StackValidationPolicy } from "@pulumi/policy";
// By path: Pulumi wants a package.json here, which ends the reach of the project's import names.
import { isJsonObject } from "../../runtime/base/index.ts";
import { objectNames } from "../../runtime/contract/index.ts";
import { kubernetesObject, plannedResources } from "./plan.ts";

/** The trust bundle is mounted as a whole, so that running pods see a renewed CA. */
export const trustBundlePolicy: StackValidationPolicy = {
  name: "trust-bundle-mount",
  description:
    "The trust bundle is never mounted by subPath: such a mount keeps the CAs of the day on which its pod started.",
  severity: "high",
  validateStack: ({ resources }, report) => {
    for (const resource of plannedResources(resources)) {
      for (const mount of frozenMounts(kubernetesObject(resource)))
        report(
          `container ${mount} mounts ConfigMap ${objectNames.trustBundle} by subPath; mount the whole volume.`,
          resource.urn,
        );
    }
  },
};

/** Containers of a pod, or of what makes pods, that mount a file of the trust bundle by `subPath`. */
export function frozenMounts(object: unknown): string[] {
  const spec = podSpecOf(object);
  if (spec === undefined) return [];
  const bundles = new Set(
    list(spec.volumes)
      .filter(isTrustBundle)
      .map(({ name }) => name),
  );
  return [...list(spec.initContainers), ...list(spec.containers)]
    .filter(({ volumeMounts }) =>
      list(volumeMounts).some(({ name, subPath, subPathExpr }) => bundles.has(name) && Boolean(subPath ?? subPathExpr)),
    )
    .map(({ name }) => String(name));
}

type Fields = Readonly<Record<string, unknown>>;

function podSpecOf(object: unknown): Fields | undefined {
  if (!isJsonObject(object) || !isJsonObject(object.spec)) return undefined;
  if (object.kind === "Pod") return object.spec;
  const job =
    object.kind === "CronJob" && isJsonObject(object.spec.jobTemplate) ? object.spec.jobTemplate.spec : object.spec;
  const template = isJsonObject(job) ? job.template : undefined;
  return isJsonObject(template) && isJsonObject(template.spec) ? template.spec : undefined;
}

function isTrustBundle({ configMap, projected }: Fields): boolean {
  const sources = isJsonObject(projected) ? list(projected.sources).map((source) => source.configMap) : [];
  return [configMap, ...sources].some((source) => isJsonObject(source) && source.name === objectNames.trustBundle);
}

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
