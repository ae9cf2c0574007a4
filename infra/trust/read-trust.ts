import { mapConcurrently } from "#base";
import type { Cluster } from "../kubernetes/index.ts";
import { observeTrust } from "./observe.ts";
import { type TrustStatus, trustStatus } from "./trust-status.ts";

/** How the trust of some namespaces' installations stands now. */
export async function readTrust(cluster: Cluster, namespaces: readonly string[]): Promise<readonly TrustStatus[]> {
  const now = Date.now();
  return mapConcurrently([...namespaces].sort(), async (namespace) =>
    trustStatus(await observeTrust(cluster, namespace), now),
  );
}
