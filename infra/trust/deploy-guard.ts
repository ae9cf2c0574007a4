import { dataKeys, objectNames } from "#contract";
import { trustErrors } from "#errors";
import type { Cluster, ObjectToApply } from "../apply/kubernetes-types.ts";
import { trustOfAnnotations } from "./deployed-trust.ts";
import { readBundle } from "./pem-bundle.ts";
import { describeTrust, skippedSteps } from "./step-order.ts";

/**
 * Refuses to deploy a trust bundle that is bad in itself, or that skips a step against the one in the cluster. What the
 * stack's state says may be ahead of that, when an earlier deployment did not come to its end.
 *
 * @param now milliseconds since the epoch
 * @throws EDGE_TRUST_BUNDLE, EDGE_TRUST_STEP_SKIPPED
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
    if (skipped === undefined) continue;
    throw trustErrors.EDGE_TRUST_STEP_SKIPPED({
      installation: namespace,
      deployed: describeTrust(deployed),
      declared: describeTrust(declared),
      ...skipped,
    });
  }
}

/** In a preview the bundle may not be known yet; then it is no PEM. */
function refuseBadBundle(namespace: string, bundle: ObjectToApply, now: number): void {
  const pem = (bundle.data as Readonly<Record<string, unknown>> | undefined)?.[dataKeys.trustBundle];
  if (typeof pem !== "string" || (pem !== "" && !pem.includes("-----BEGIN"))) return;
  const [reason] = readBundle(pem, now).problems;
  if (reason !== undefined) throw trustErrors.EDGE_TRUST_BUNDLE({ namespace, reason });
}
