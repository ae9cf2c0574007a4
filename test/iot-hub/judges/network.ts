import { spawnSync } from "node:child_process";
import type { FakeIotHub, Port } from "../index.ts";
import { createNamespace, type Namespace, unshare } from "./namespace.ts";

const ports: readonly (readonly [Port, number])[] = [
  ["https", 443],
  ["mqtt", 8883],
];

/** Why clients cannot be given a network in which a host name of a test is IoT Hub's; undefined where they can. */
export function lacksJudgeNetwork(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "it needs root: network and mount namespaces";
  const probe = spawnSync("unshare", [...unshare, "sh", "-c", "ip link set lo up && command -v nsenter"]);
  return probe.status === 0 ? undefined : "it needs unshare, nsenter and ip, and leave to make namespaces";
}

/**
 * A network of their own for unmodified clients: they cannot be told ports, so that 443 and 8883 are the fake's there,
 * and `/etc/hosts` has its host names.
 */
export async function createJudgeNetwork(fake: FakeIotHub): Promise<Namespace> {
  const names = ["localhost", ...fake.hubs.map(({ hostName }) => hostName), fake.provisioning.hostName];
  const namespace = await createNamespace(`127.0.0.1 ${names.join(" ")}\n`);
  await servePorts(fake, namespace, "127.0.0.1");
  return namespace;
}

/** Has the fake serve the ports of IoT Hub at an address of a namespace. */
export async function servePorts(fake: FakeIotHub, namespace: Namespace, host: string): Promise<void> {
  for (const [name, port] of ports) fake.attach(name, (await namespace.listen(port, host)).server);
}
