import { type EdgeError, mapConcurrently } from "#base";
import { dataKeys, objectNames } from "#contract";
import type { Cluster, LiveObject, ObjectToApply } from "../kubernetes/index.ts";
import {
  describeTrust,
  fingerprintsOf,
  readBundle,
  revivedRoots,
  skippedSteps,
  trustModelErrors,
  trustOfAnnotations,
} from "../trust-model/index.ts";

/**
 * Refuses to deploy what {@link trustRefusals} speaks against.
 *
 * @throws EDGE_TRUST_BUNDLE, EDGE_TRUST_STEP_SKIPPED, EDGE_TRUST_OTHER_KEY
 */
export async function guardTrust(cluster: ReadableCluster, objects: readonly ObjectToApply[], now: number) {
  const [refusal] = await trustRefusals(cluster, objects, now);
  if (refusal !== undefined) throw refusal;
}

/**
 * Why the trust bundles among the objects may not be deployed, at most one reason for each: it is bad in itself, skips a
 * step against the one in the cluster, or has another key for a root of the same id. The stack's
 * state is no measure: it may be ahead of the cluster after a deployment that failed, or come from another machine and
 * know nothing of it.
 *
 * @param now milliseconds since the epoch
 */
export async function trustRefusals(
  cluster: ReadableCluster,
  objects: readonly ObjectToApply[],
  now: number,
): Promise<readonly EdgeError[]> {
  return judgeBundles(objects, async (bundle, namespace) => {
    const bad = badBundle(namespace, bundle, now);
    if (bad !== undefined) return bad;
    const live = await liveBundle(cluster, bundle, namespace);
    return live && (skippedStep(namespace, live, bundle, skippedSteps) ?? otherKey(namespace, live, bundle));
  });
}

/**
 * Refuses to bring back a root that is revoked in the cluster. Every other step may be skipped on the way back to what
 * was deployed before, since a halted rollout must not be stuck in the middle of one.
 *
 * @throws EDGE_TRUST_STEP_SKIPPED
 */
export async function guardRollback(cluster: ReadableCluster, objects: readonly ObjectToApply[]): Promise<void> {
  const [refusal] = await judgeBundles(objects, async (bundle, namespace) => {
    const live = await liveBundle(cluster, bundle, namespace);
    return live && skippedStep(namespace, live, bundle, revivedRoots);
  });
  if (refusal !== undefined) throw refusal;
}

/** SHA-256 of the public keys of roots of installations that the cluster does not have yet, by namespace and id. */
export async function undeployedRoots(
  cluster: ReadableCluster,
  objects: readonly ObjectToApply[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const found = await mapConcurrently(bundlesAmong(objects), async (bundle) => {
    const namespace = bundle.metadata.namespace ?? "default";
    return (await liveBundle(cluster, bundle, namespace)) === undefined ? ([[namespace, keysOf(bundle)]] as const) : [];
  });
  return new Map(found.flat().filter(([, keys]) => keys.size > 0));
}

type ReadableCluster = Pick<Cluster, "get">;
type BundleObject = LiveObject | ObjectToApply;

/** What speaks against the trust bundles among the objects, in their order. */
async function judgeBundles(
  objects: readonly ObjectToApply[],
  judge: (bundle: ObjectToApply, namespace: string) => Promise<EdgeError | undefined>,
): Promise<readonly EdgeError[]> {
  const refusals = await mapConcurrently(bundlesAmong(objects), (bundle) =>
    judge(bundle, bundle.metadata.namespace ?? "default"),
  );
  return refusals.filter((refusal) => refusal !== undefined);
}

function bundlesAmong(objects: readonly ObjectToApply[]): readonly ObjectToApply[] {
  return objects.filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === objectNames.trustBundle);
}

function liveBundle(cluster: ReadableCluster, { metadata }: ObjectToApply, namespace: string) {
  return cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: metadata.name });
}

function skippedStep(
  namespace: string,
  live: BundleObject,
  bundle: BundleObject,
  rule: typeof skippedSteps,
): EdgeError | undefined {
  const [deployed, declared] = [trustOfAnnotations(annotationsOf(live)), trustOfAnnotations(annotationsOf(bundle))];
  const [skipped] = rule(deployed, declared);
  if (skipped === undefined) return undefined;
  return trustModelErrors.EDGE_TRUST_STEP_SKIPPED({
    installation: namespace,
    deployed: describeTrust(deployed),
    declared: describeTrust(declared),
    ...skipped,
  });
}

/** A root with another key has lost the trust in every certificate below it. */
function otherKey(namespace: string, live: BundleObject, declared: BundleObject): EdgeError | undefined {
  const [before, after] = [keysOf(live), keysOf(declared)];
  const root = [...before.keys()].find((id) => after.has(id) && after.get(id) !== before.get(id));
  return root === undefined ? undefined : trustModelErrors.EDGE_TRUST_OTHER_KEY({ installation: namespace, root });
}

/** SHA-256 of each root's public key, by id. */
function keysOf(object: BundleObject): ReadonlyMap<string, string> {
  const pem = pemOf(object);
  const { cas } = readBundle(typeof pem === "string" ? pem : "");
  const prints = fingerprintsOf(annotationsOf(object));
  return new Map(
    [...prints].flatMap(([id, print]) => {
      const ca = cas.find(({ fingerprint }) => fingerprint === print);
      return ca === undefined ? [] : [[id, ca.publicKey] as const];
    }),
  );
}

/** In a preview the bundle may not be known yet; then it is no PEM. */
function badBundle(namespace: string, bundle: ObjectToApply, now: number): EdgeError | undefined {
  const pem = pemOf(bundle);
  if (typeof pem !== "string" || (pem !== "" && !pem.includes("-----BEGIN"))) return undefined;
  const [reason] = readBundle(pem, now).problems;
  return reason === undefined ? undefined : trustModelErrors.EDGE_TRUST_BUNDLE({ namespace, reason });
}

function pemOf({ data }: BundleObject): unknown {
  return (data as Readonly<Record<string, unknown>> | undefined)?.[dataKeys.trustBundle];
}

function annotationsOf({ metadata }: BundleObject): Readonly<Record<string, string>> | undefined {
  return metadata.annotations as Readonly<Record<string, string>> | undefined;
}
