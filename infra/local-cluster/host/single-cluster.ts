import { shellWord } from "#base";
import { clusterErrors } from "../errors.ts";
import { readMachineRecord } from "./machine-record.ts";
import { listClusterChains } from "./packet-filter.ts";

/**
 * Checks that the cluster in `directory` is, or would be, the only Kubernetes of this machine.
 *
 * @throws EDGE_CLUSTER_ALREADY_RUNNING, EDGE_CLUSTER_OTHER_KUBERNETES
 */
export async function requireOnlyCluster(directory: string): Promise<void> {
  const record = readMachineRecord();
  if (record?.directory === directory) return;
  if (record) {
    const { directory: other } = record;
    throw clusterErrors.EDGE_CLUSTER_ALREADY_RUNNING({ directory: other, word: shellWord(other) });
  }
  const foreign = (await listClusterChains()).find((chain) => chain.startsWith("KUBE-"));
  if (foreign !== undefined) {
    throw clusterErrors.EDGE_CLUSTER_OTHER_KUBERNETES({ evidence: `packet filter chain ${foreign}` });
  }
}
