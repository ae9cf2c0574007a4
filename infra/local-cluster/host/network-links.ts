import { BlockList } from "node:net";
import { clusterErrors } from "../errors.ts";
import { networkPlan } from "../network-plan.ts";
import { commandOutput, runCommand } from "../process/command.ts";

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local?: string }[];
}

interface Route {
  readonly dst?: string;
  readonly dev?: string;
}

/** Makes the bridge that holds the node's address, unless it is there. */
export async function ensureNodeBridge(): Promise<void> {
  const { nodeBridge: name, nodeAddress } = networkPlan;
  const bridge = (await listLinks()).find((link) => link.ifname === name);
  if (!bridge) {
    const made = await runCommand("ip", ["link", "add", name, "type", "bridge"]);
    if (made.code !== 0) throw clusterErrors.EDGE_CLUSTER_KERNEL({ missing: `network bridge (${made.stderr.trim()})` });
  }
  if (!bridge?.addr_info.some((address) => address.local === nodeAddress)) {
    await commandOutput("ip", ["address", "add", `${nodeAddress}/32`, "dev", name]);
  }
  await commandOutput("ip", ["link", "set", name, "up"]);
}

/** Interfaces of a local cluster: the node's bridge, and the machine's ends of the pods' links. */
export async function listClusterLinks(): Promise<string[]> {
  return clusterLinks(await listLinks());
}

/** Picks the interfaces of a local cluster. Every pod's link has the same address on the machine's side. */
export function clusterLinks(links: readonly Link[]): string[] {
  const gateway = firstAddress(networkPlan.podRange);
  return links
    .filter((link) => link.ifname === networkPlan.nodeBridge || link.addr_info.some(({ local }) => local === gateway))
    .map((link) => link.ifname);
}

/** Removes the interfaces of a local cluster; the pods' ends go with them. */
export async function removeClusterLinks(): Promise<void> {
  for (const name of await listClusterLinks()) await runCommand("ip", ["link", "delete", name]);
}

/** @throws EDGE_CLUSTER_ADDRESS_IN_USE if another network of this machine has addresses of the pods or the node */
export async function requireFreeRanges(): Promise<void> {
  const routes = JSON.parse(await commandOutput("ip", ["-json", "-4", "route", "show"])) as Route[];
  const taken = overlappingRoute(routes);
  if (taken) {
    throw clusterErrors.EDGE_CLUSTER_ADDRESS_IN_USE({ range: taken.dst ?? "", device: taken.dev ?? "another host" });
  }
}

/** A route into the cluster's ranges that would win over the cluster's own. Wider routes, such as a VPN's, would not. */
export function overlappingRoute(routes: readonly Route[]): Route | undefined {
  const ours = new BlockList();
  const [network = "", prefix] = networkPlan.podRange.split("/");
  ours.addSubnet(network, Number(prefix));
  ours.addAddress(networkPlan.nodeAddress);
  return routes.find(({ dst }) => {
    const [address = "", length = "32"] = (dst ?? "").split("/");
    return /^[\d.]+$/.test(address) && Number(length) >= Number(prefix) && ours.check(address);
  });
}

async function listLinks(): Promise<Link[]> {
  return JSON.parse(await commandOutput("ip", ["-json", "address", "show"])) as Link[];
}

function firstAddress(range: string): string {
  return range.replace(/\.\d+\/\d+$/, ".1");
}
