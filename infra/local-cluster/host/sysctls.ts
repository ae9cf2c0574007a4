import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Kernel settings by their path below `/proc/sys`. */
export type Sysctls = Readonly<Record<string, string>>;

/** Settings that starting a node changes: the first by us, the others by the kubelet and the CNI plugins. */
const changed = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/route_localnet",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
] as const;

/** The present values of the settings that a node changes. */
export function readSysctls(root = "/proc/sys"): Sysctls {
  const present = changed.filter((name) => existsSync(join(root, name)));
  return Object.fromEntries(present.map((name) => [name, readFileSync(join(root, name), "utf8").trim()]));
}

/** Lets this machine forward packets between pods and the world. */
export function enableForwarding(root = "/proc/sys"): void {
  writeFileSync(join(root, "net/ipv4/ip_forward"), "1");
}

/** Gives the settings that differ their earlier values again. */
export function restoreSysctls(before: Sysctls, root = "/proc/sys"): void {
  const now = readSysctls(root);
  for (const name of changed) {
    const value = before[name];
    if (value !== undefined && now[name] !== value) writeFileSync(join(root, name), value);
  }
}
