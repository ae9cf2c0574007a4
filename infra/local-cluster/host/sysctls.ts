import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterPlan } from "../network-plan.ts";

/** Kernel settings by their path below `/proc/sys`. */
export type Sysctls = Readonly<Record<string, string>>;

const forwarding = { IPv4: "net/ipv4/ip_forward", IPv6: "net/ipv6/conf/all/forwarding" } as const;
const interfaces = "net/ipv6/conf";

/** Settings that starting a node changes: forwarding by us, the others by the kubelet and the CNI plugins. */
const changed: readonly string[] = [
  ...Object.values(forwarding),
  "net/ipv4/conf/all/route_localnet",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];
/** Settings of each interface that change with IPv6's forwarding. */
const ofInterface = /^net\/ipv6\/conf\/[^/]+\/(accept_ra|forwarding)$/;

/** The present values of the settings that a node changes. */
export function readSysctls(root = "/proc/sys"): Sysctls {
  const ofInterfaces = interfaceNames(root).flatMap((name) =>
    ["forwarding", "accept_ra"].map((setting) => `${interfaces}/${name}/${setting}`),
  );
  const present = [...changed, ...ofInterfaces].filter((name) => existsSync(join(root, name)));
  return Object.fromEntries(present.map((name) => [name, readSetting(root, name)]));
}

/** Lets this machine forward packets between pods and the world, and keep the routes that it has from routers. */
export function enableForwarding(plan: ClusterPlan, root = "/proc/sys"): void {
  for (const { family } of plan) {
    if (family === "IPv6" && readSetting(root, forwarding.IPv6) === "0") acceptRoutersAdvertisements(root);
    writeFileSync(join(root, forwarding[family]), "1");
  }
}

/** An interface whose setting is 1 listens to routers only as long as it forwards nothing. */
function acceptRoutersAdvertisements(root: string): void {
  for (const name of interfaceNames(root)) {
    const setting = `${interfaces}/${name}/accept_ra`;
    if (readSetting(root, setting) === "1") writeFileSync(join(root, setting), "2");
  }
}

/** Gives the settings that differ their earlier values again: those of interfaces last, as the general one sets them, too. */
export function restoreSysctls(before: Sysctls, root = "/proc/sys"): void {
  const names = Object.keys(before);
  const general = names.filter((name) => changed.includes(name));
  for (const name of [...general, ...names.filter((name) => !general.includes(name) && ofInterface.test(name))]) {
    // An interface may be gone.
    if (!existsSync(join(root, name))) continue;
    const value = before[name];
    if (value !== undefined && readSetting(root, name) !== value) writeFileSync(join(root, name), value);
  }
}

function interfaceNames(root: string): string[] {
  const directory = join(root, interfaces);
  return existsSync(directory) ? readdirSync(directory).filter((name) => name !== "all") : [];
}

function readSetting(root: string, name: string): string {
  return readFileSync(join(root, name), "utf8").trim();
}
