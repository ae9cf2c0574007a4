import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterErrors } from "../errors.ts";
import type { ClusterPlan } from "../network-plan.ts";

/**
 * Refuses a plan with IPv6 where this machine has none.
 *
 * @throws EDGE_CLUSTER_KERNEL
 */
export function requireIpv6(plan: ClusterPlan, root = "/proc/sys/net/ipv6"): void {
  if (plan.every(({ family }) => family === "IPv4")) return;
  const missing = missingIpv6(root);
  if (missing !== undefined) throw clusterErrors.EDGE_CLUSTER_KERNEL({ missing });
}

/** What an IPv6 address lacks here, new interfaces included. */
function missingIpv6(root: string): string | undefined {
  if (!existsSync(root)) return "IPv6 (it was built without, or was started with ipv6.disable=1)";
  const off = ["all", "default"].find((scope) => readSetting(join(root, "conf", scope, "disable_ipv6")) === "1");
  return off === undefined ? undefined : `IPv6 (sysctl net.ipv6.conf.${off}.disable_ipv6 is 1)`;
}

function readSetting(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}
