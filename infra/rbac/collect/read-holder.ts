import { isJsonObject } from "#base";
import type { TokenSecret, Workload } from "../model/objects.ts";
import type { Content } from "./read-object.ts";

/** Where the specification of the pods stands, by API group and kind. */
const podSpecs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "": { Pod: ["spec"], ReplicationController: ["spec", "template", "spec"] },
  apps: {
    Deployment: ["spec", "template", "spec"],
    StatefulSet: ["spec", "template", "spec"],
    DaemonSet: ["spec", "template", "spec"],
    ReplicaSet: ["spec", "template", "spec"],
  },
  batch: { Job: ["spec", "template", "spec"], CronJob: ["spec", "jobTemplate", "spec", "template", "spec"] },
};
const tokenType = "kubernetes.io/service-account-token";
const accountAnnotation = "kubernetes.io/service-account.name";

/**
 * Reads as which ServiceAccount a workload runs.
 *
 * @returns undefined for what is no workload, and where its name, place or account is not known
 */
export function readWorkload(
  raw: Content,
  group: string,
  kind: string,
  defaultNamespace: string,
): Workload | undefined {
  const kinds = Object.hasOwn(podSpecs, group) ? (podSpecs[group] ?? {}) : {};
  const place = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (place === undefined) return undefined;
  const metadata = recordOf(raw.metadata);
  const spec = place.reduce<Content>((value, field) => recordOf(value[field]), raw);
  const account = spec.serviceAccountName || spec.serviceAccount || "default";
  const namespace = metadata.namespace || defaultNamespace;
  const { name } = metadata;
  if (typeof name !== "string" || typeof namespace !== "string" || typeof account !== "string") return undefined;
  return { kind, namespace, name, account };
}

/** @returns undefined for any other Secret, and where its name, place or account is not known */
export function readTokenSecret({ type, metadata }: Content, defaultNamespace: string): TokenSecret | undefined {
  if (type !== tokenType) return undefined;
  const { name, namespace = defaultNamespace, annotations } = recordOf(metadata);
  const account = recordOf(annotations)[accountAnnotation];
  if (typeof name !== "string" || typeof namespace !== "string" || typeof account !== "string") return undefined;
  return { namespace, name, account };
}

/** As little of a workload as {@link readWorkload} takes. */
export function workloadManifest({ kind, namespace, name, account }: Workload): object {
  const [group = "", kinds = {}] = Object.entries(podSpecs).find(([, all]) => Object.hasOwn(all, kind)) ?? [];
  const spec = (kinds[kind] ?? []).reduceRight<object>((inner, field) => ({ [field]: inner }), {
    serviceAccountName: account,
  });
  return { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, metadata: { name, namespace }, ...spec };
}

/** As little of a Secret as {@link readTokenSecret} takes. */
export function tokenSecretManifest({ namespace, name, account }: TokenSecret): object {
  const metadata = { name, namespace, annotations: { [accountAnnotation]: account } };
  return { apiVersion: "v1", kind: "Secret", type: tokenType, metadata };
}

const recordOf = (value: unknown): Content => (isJsonObject(value) ? value : {});
