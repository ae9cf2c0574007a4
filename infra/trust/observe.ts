import { Value } from "typebox/value";
import { parseJson } from "#base";
import {
  dataKeys,
  labels,
  objectNames,
  partOf,
  proxyContainer,
  type TrustRecord,
  TrustRecordSchema,
  trustAnnotations,
} from "#contract";
import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import { bundleHash, fingerprintsOf, readBundle, trustOfAnnotations } from "../trust-model/index.ts";
import { trustErrors } from "./errors.ts";
import type { ObservedCa, ObservedPod, ObservedTrust } from "./observed-trust.ts";

const configMap = { apiVersion: "v1", kind: "ConfigMap" };
const pod = { apiVersion: "v1", kind: "Pod" };

/**
 * What the cluster tells of an installation's trust. It takes the rights to get two ConfigMaps and to list pods.
 *
 * @throws EDGE_TRUST_RECORD
 */
export async function observeTrust(cluster: Cluster, namespace: string): Promise<ObservedTrust> {
  const labelSelector = `${labels.partOf}=${partOf}`;
  const [bundle, record, pods] = await Promise.all([
    cluster.get({ ...configMap, namespace, name: objectNames.trustBundle }),
    cluster.get({ ...configMap, namespace, name: objectNames.trustRecord }),
    cluster.list(pod, { namespace, labelSelector }),
  ]);
  const annotations = bundle?.metadata.annotations;
  const pem = String(bundle?.data?.[dataKeys.trustBundle] ?? "");
  const fingerprints = fingerprintsOf(annotations);
  return {
    namespace,
    deployed: bundle && trustOfAnnotations(annotations),
    bundleHash: bundleHash(pem),
    fingerprints,
    workloadCaFingerprint: annotations?.[trustAnnotations.workloadCaFingerprint] ?? "",
    bundle: namedCas(pem, fingerprints),
    pods: pods.filter(hasProxy).map(({ metadata }): ObservedPod => ({ uid: metadata.uid, name: metadata.name })),
    replicas: pods.filter(isReplica).map(({ metadata }) => metadata.name),
    record: readRecord(namespace, record?.data),
  };
}

function namedCas(pem: string, fingerprints: ReadonlyMap<string, string>): readonly ObservedCa[] {
  const ids = new Map([...fingerprints].map(([id, print]) => [print, id]));
  return readBundle(pem).cas.map(({ subject, ...ca }) => ({ ...ca, name: ids.get(ca.fingerprint) ?? subject }));
}

/** One that does not run yet starts with what is deployed then. */
function isReplica({ metadata, status }: LiveObject): boolean {
  const isRunning = status?.phase === "Running" && metadata.deletionTimestamp === undefined;
  return isRunning && metadata.labels?.[labels.name] === "iotedged";
}

/**
 * Whether a proxy runs in the pod. One that has not started yet loads the bundle that its node has then; the kubelet
 * gives new pods the ConfigMap as it is.
 */
function hasProxy({ metadata, status }: LiveObject): boolean {
  if (metadata.labels?.[labels.module] === undefined || metadata.deletionTimestamp !== undefined) return false;
  const statuses: readonly { readonly name: string; readonly state?: { readonly running?: object } }[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  return statuses.some(({ name, state }) => name === proxyContainer && state?.running !== undefined);
}

/**
 * The record in ConfigMap `iotedged-trust`. It is empty as long as no pod has told anything: without the ConfigMap, and
 * also when the replicas of iotedged have made it under a key of their own, as each does at its start.
 *
 * @throws EDGE_TRUST_RECORD
 */
export function readRecord(namespace: string, data: Readonly<Record<string, unknown>> | undefined): TrustRecord {
  const text = data?.[dataKeys.trustRecord];
  if (text === undefined) return { pods: {}, replicas: {} };
  const invalid = (problem: string) => trustErrors.EDGE_TRUST_RECORD({ namespace, problem });
  const value = parseJson(String(text));
  if (value === undefined) throw invalid("it is not JSON");
  if (!Value.Check(TrustRecordSchema, value)) throw invalid("it does not have the shape of a record");
  return value;
}
