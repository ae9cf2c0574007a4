import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/**
 * The address at which all of this pod's addresses listen: `::` is those of both families. A pod without an IPv6 address of
 * the cluster's may have a kernel without IPv6.
 */
export function everyAddress(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): "0.0.0.0" | "::" {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  // Each link has one of its own (fe80::), whether or not its pod has any.
  const ofCluster = all.some(
    ({ family, internal, address }) => family === "IPv6" && !internal && !address.startsWith("fe80:"),
  );
  return ofCluster ? "::" : "0.0.0.0";
}
