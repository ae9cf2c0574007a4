import { join } from "node:path";
import { ensureGoTools } from "./go-tools.ts";

const modules = [
  { name: "kube-network-policies", title: "kube-network-policies", packages: ["local/kube-network-policies"] },
];

/**
 * Compiles what enforces NetworkPolicies in a network namespace from its pinned module: about a minute once.
 *
 * @returns the program
 */
export async function ensureNetworkPolicyTool(progress: (line: string) => void): Promise<string> {
  return join(await ensureGoTools("network-policy-tools", modules, progress), "kube-network-policies");
}
