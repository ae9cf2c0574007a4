import { BlockList, isIP } from "node:net";
import { clusterErrors } from "../errors.ts";
import { type ClusterPlan, type FamilyPlan, familyPlans, networkPlan } from "../network-plan.ts";
import { commandOutput, runCommand } from "../process/command.ts";

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local?: string }[];
}

interface Route {
  readonly dst?: string;
  readonly dev?: string;
}

/** Makes the bridge that holds the node's addresses, unless it is there. */
export async function ensureNodeBridge(plan: ClusterPlan): Promise<void> {
  const { nodeBridge: name } = networkPlan;
  const bridge = (await listLinks()).find((link) => link.ifname === name);
  if (!bridge) {
    const made = await runCommand("ip", ["link", "add", name, "type", "bridge"]);
    if (made.code !== 0) throw clusterErrors.EDGE_CLUSTER_KERNEL({ missing: `network bridge (${made.stderr.trim()})` });
  }
  for (const { family, nodeAddress } of plan) {
    if (bridge?.addr_info.some(({ local }) => local === nodeAddress)) continue;
    // Who else has the address can be asked on a link alone, and the bridge has none: it would never be ours.
    const address = family === "IPv4" ? [`${nodeAddress}/32`] : [`${nodeAddress}/128`, "nodad"];
    await commandOutput("ip", ["address", "add", ...address, "dev", name]);
  }
  await commandOutput("ip", ["link", "set", name, "up"]);
}

/** Interfaces of a local cluster: the node's bridge, and the machine's ends of the pods' links. */
export async function listClusterLinks(): Promise<string[]> {
  return clusterLinks(await listLinks());
}

/** Picks the interfaces of a local cluster. Every pod's link has the same address on the machine's side. */
export function clusterLinks(links: readonly Link[]): string[] {
  const gateways: readonly (string | undefined)[] = familyPlans.map(({ podGateway }) => podGateway);
  return links
    .filter(
      (link) => link.ifname === networkPlan.nodeBridge || link.addr_info.some(({ local }) => gateways.includes(local)),
    )
    .map((link) => link.ifname);
}

/** Removes the interfaces of a local cluster; the pods' ends go with them. */
export async function removeClusterLinks(): Promise<void> {
  for (const name of await listClusterLinks()) await runCommand("ip", ["link", "delete", name]);
}

/** @throws EDGE_CLUSTER_ADDRESS_IN_USE if another network of this machine has addresses of the pods or the node */
export async function requireFreeRanges(plan: ClusterPlan): Promise<void> {
  for (const each of plan) {
    const family = each.family === "IPv4" ? "-4" : "-6";
    const routes = JSON.parse(await commandOutput("ip", ["-json", family, "route", "show"])) as Route[];
    const taken = overlappingRoute(routes, each);
    if (taken) {
      throw clusterErrors.EDGE_CLUSTER_ADDRESS_IN_USE({ range: taken.dst ?? "", device: taken.dev ?? "another host" });
    }
  }
}

/** A route into the cluster's ranges that would win over the cluster's own. Wider routes, such as a VPN's, would not. */
export function overlappingRoute(
  routes: readonly Route[],
  { family, podRange, nodeAddress }: FamilyPlan,
): Route | undefined {
  const ours = new BlockList();
  const [version, type, whole] = family === "IPv4" ? ([4, "ipv4", 32] as const) : ([6, "ipv6", 128] as const);
  const [network = "", prefix] = podRange.split("/");
  ours.addSubnet(network, Number(prefix), type);
  ours.addAddress(nodeAddress, type);
  return routes.find(({ dst }) => {
    const [address = "", length = whole] = (dst ?? "").split("/");
    return isIP(address) === version && Number(length) >= Number(prefix) && ours.check(address, type);
  });
}

async function listLinks(): Promise<Link[]> {
  return JSON.parse(await commandOutput("ip", ["-json", "address", "show"])) as Link[];
}
