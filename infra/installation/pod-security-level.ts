import type { ModulePolicy, ModuleSettings, PodSecurityLevel } from "#contract";

/** Capabilities that Pod Security Standard "baseline" lets containers add. */
const baselineCapabilities: readonly string[] = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"],
  ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** The strictest standard that a namespace can enforce without refusing a pod that the policy allows. */
export function podSecurityLevel(policy: ModulePolicy, hostPorts?: ModuleSettings["hostPorts"]): PodSecurityLevel {
  const { hostPaths, hostNetwork, hostPid, hostIpc, privileged, root, capabilities } = policy;
  const isBeyond = capabilities.some((name) => !baselineCapabilities.includes(name));
  if (hostPorts === "HostPort") return "privileged";
  if (hostPaths.length > 0 || hostNetwork || hostPid || hostIpc || privileged || isBeyond) return "privileged";
  return root || capabilities.some((name) => name !== "NET_BIND_SERVICE") ? "baseline" : "restricted";
}
