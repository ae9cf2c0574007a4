import { labels, objectNames, partOf } from "#contract";
import type { Cluster } from "../kubernetes/index.ts";
import { supportBundleErrors } from "./errors.ts";

/** Names one installation. */
export interface FoundInstallation {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Finds the installation that a support bundle shall be about, by its Deployment iotedged.
 *
 * @param namespaces where to look; undefined: in all; only one can have it
 * @throws EDGE_SUPPORT_NO_INSTALLATION, EDGE_SUPPORT_AMBIGUOUS
 */
export async function findInstallation(cluster: Cluster, namespaces?: readonly string[]): Promise<FoundInstallation> {
  const labelSelector = `${labels.partOf}=${partOf},${labels.name}=iotedged`;
  // One is read with the rights that it has there.
  const [namespace] = namespaces?.length === 1 ? namespaces : [];
  const found = (await cluster.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace, labelSelector }))
    .filter(({ metadata }) => namespaces?.includes(metadata.namespace ?? "") !== false)
    .filter(({ metadata }) => metadata.name === objectNames.iotedged)
    .map(({ metadata }) => ({
      name: metadata.labels?.[labels.instance] ?? "",
      namespace: metadata.namespace ?? "",
    }));
  const [only] = found;
  if (only === undefined) {
    const where = namespace === undefined ? cluster.context : `namespace ${namespace}`;
    throw supportBundleErrors.EDGE_SUPPORT_NO_INSTALLATION({ where });
  }
  if (found.length > 1) {
    const several = found.map((one) => one.namespace).sort();
    throw supportBundleErrors.EDGE_SUPPORT_AMBIGUOUS({ namespaces: several.join(", ") });
  }
  return only;
}
