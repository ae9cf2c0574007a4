import { dataKeys, objectNames } from "#contract";
import { trustErrors } from "#errors";
import type { Cluster, LiveObject, ObjectToApply } from "../apply/kubernetes-types.ts";
import { fingerprintsOf, trustOfAnnotations } from "./deployed-trust.ts";
import { readBundle } from "./pem-bundle.ts";
import { describeTrust, skippedSteps } from "./step-order.ts";

/**
 * Refuses to deploy a trust bundle that is bad in itself, that skips a step against the one in the cluster, or that has
 * another key for a root of the same id. What the stack's state says may be ahead of the cluster, when an earlier
 * deployment did not come to its end, and may know nothing of it, when it is another machine's.
 *
 * @param now milliseconds since the epoch
 * @throws EDGE_TRUST_BUNDLE, EDGE_TRUST_STEP_SKIPPED, EDGE_TRUST_OTHER_KEY
 */
export async function guardTrust(cluster: Cluster, objects: readonly ObjectToApply[], now: number): Promise<void> {
  const bundles = objects.filter(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === objectNames.trustBundle,
  );
  for (const bundle of bundles) {
    const { namespace = "default" } = bundle.metadata;
    refuseBadBundle(namespace, bundle, now);
    const live = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: objectNames.trustBundle });
    if (live === undefined) continue;
    const deployed = trustOfAnnotations(live.metadata.annotations);
    const declared = trustOfAnnotations(bundle.metadata.annotations as Readonly<Record<string, string>> | undefined);
    const [skipped] = skippedSteps(deployed, declared);
    if (skipped === undefined) {
      refuseOtherKeys(namespace, live, bundle);
      continue;
    }
    throw trustErrors.EDGE_TRUST_STEP_SKIPPED({
      installation: namespace,
      deployed: describeTrust(deployed),
      declared: describeTrust(declared),
      ...skipped,
    });
  }
}

type BundleObject = LiveObject | ObjectToApply;

/** What is lost with a root's key is the trust in every certificate below it. */
function refuseOtherKeys(namespace: string, live: BundleObject, declared: BundleObject): void {
  const [before, after] = [keysOf(live), keysOf(declared)];
  const root = [...before.keys()].find((id) => after.has(id) && after.get(id) !== before.get(id));
  if (root !== undefined) throw trustErrors.EDGE_TRUST_OTHER_KEY({ installation: namespace, root });
}

/** SHA-256 of each root's public key, by id. */
function keysOf({ data, metadata }: BundleObject): ReadonlyMap<string, string> {
  const pem = (data as Readonly<Record<string, unknown>> | undefined)?.[dataKeys.trustBundle];
  const { cas } = readBundle(typeof pem === "string" ? pem : "", 0);
  const prints = fingerprintsOf(metadata.annotations as Readonly<Record<string, string>> | undefined);
  return new Map(
    [...prints].flatMap(([id, print]) => {
      const ca = cas.find(({ fingerprint }) => fingerprint === print);
      return ca === undefined ? [] : [[id, ca.publicKey] as const];
    }),
  );
}

/** In a preview the bundle may not be known yet; then it is no PEM. */
function refuseBadBundle(namespace: string, bundle: ObjectToApply, now: number): void {
  const pem = (bundle.data as Readonly<Record<string, unknown>> | undefined)?.[dataKeys.trustBundle];
  if (typeof pem !== "string" || (pem !== "" && !pem.includes("-----BEGIN"))) return;
  const [reason] = readBundle(pem, now).problems;
  if (reason !== undefined) throw trustErrors.EDGE_TRUST_BUNDLE({ namespace, reason });
}
