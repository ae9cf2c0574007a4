import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Namespace } from "../../iot-hub/judges/namespace.ts";

const run = promisify(execFile);

/** Joins two networks by a cable between an address in each. */
export async function joinNetworks(one: Namespace, address: string, other: Namespace, otherAddress: string) {
  const ip = (where: Namespace, ...args: string[]) =>
    run("nsenter", ["--target", String(where.pid), "--net", "ip", ...args]);
  await ip(one, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", String(other.pid));
  for (const [where, at] of [
    [one, address],
    [other, otherAddress],
  ] as const) {
    await ip(where, "address", "add", `${at}/24`, "dev", "cable");
    await ip(where, "link", "set", "cable", "up");
  }
}
