import { isJsonObject } from "#base";
import type { KubernetesObject } from "../render/index.ts";

/** A Secret that pods wait for, and that the manifests do not have. */
export interface NeededSecret {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Secrets that Deployments mount or fetch images by, and that no Certificate of cert-manager makes, each once, in order of
 * namespace and name.
 */
export function neededSecrets(objects: readonly KubernetesObject[]): readonly NeededSecret[] {
  const found = objects.flatMap((object) => {
    if (object.kind !== "Deployment") return [];
    const pod = at(at(at(object, "spec"), "template"), "spec");
    const mounted = list(at(pod, "volumes")).map((volume) => at(at(volume, "secret"), "secretName"));
    const pulled = list(at(pod, "imagePullSecrets")).map((secret) => at(secret, "name"));
    const { namespace = "default" } = object.metadata;
    return [...mounted, ...pulled].flatMap((name) => (typeof name === "string" ? [{ namespace, name }] : []));
  });
  const issued = new Set(
    objects.flatMap(({ kind, metadata: { namespace = "default" }, ...object }) =>
      kind === "Certificate" ? [`${namespace}/${at(at(object, "spec"), "secretName")}`] : [],
    ),
  );
  const byKey = new Map(
    found.map((secret) => [`${secret.namespace}/${secret.name}`, secret] as const).filter(([key]) => !issued.has(key)),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, secret]) => secret);
}

function at(value: unknown, key: string): unknown {
  return isJsonObject(value) ? value[key] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
