import {
  defaultModuleSettings,
  type ModuleDefaults,
  type ModulePolicy,
  plainModuleDefaults,
} from "./module-settings.ts";

/** Pod Security Standards that a namespace can enforce. */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/** A policy with a name: what modules may have, and what they have without asking. */
export interface PolicyProfile {
  /** Reads on from the profile's name. */
  readonly meaning: string;
  readonly policy: ModulePolicy;
  readonly defaults: ModuleDefaults;
  /** The strictest standard that a namespace can enforce beside it. */
  readonly level: PodSecurityLevel;
  /** What somebody has who has taken over a module, beyond what the profile before gives. */
  readonly attackerGains: string;
}

export const policyProfileNames = ["restricted", "hub", "docker-like"] as const;
export type PolicyProfileName = (typeof policyProfileNames)[number];

/** What a start script takes that gives a folder to a user of its own and becomes that user, as the public hub's does. */
const handOver = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/** What Docker gives to every container (github.com/moby/moby, daemon/pkg/oci/caps). */
export const dockerCapabilities = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** What Docker gives to containers that ask for it; `ALL` is a name of its own. */
const otherCapabilities = [
  ...["ALL", "AUDIT_CONTROL", "AUDIT_READ", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH"],
  ...["IPC_LOCK", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "NET_ADMIN", "NET_BROADCAST"],
  ...["PERFMON", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE"],
  ...["SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"],
];

/** Each holds all that the one before it holds. */
export const policyProfiles: Readonly<Record<PolicyProfileName, PolicyProfile>> = {
  restricted: {
    meaning: "modules stay inside of their namespace and their own file system",
    policy: defaultModuleSettings.policy,
    defaults: plainModuleDefaults,
    level: "restricted",
    attackerGains: "the module's identity, its volumes, and what its network reaches",
  },
  hub: {
    meaning: "images run as they are made: as their own user, root too, with a root file system that they can write to",
    policy: { ...defaultModuleSettings.policy, root: true, capabilities: handOver },
    defaults: { user: "docker", capabilities: handOver, writableRoot: true, escalation: false },
    level: "baseline",
    attackerGains:
      "root inside of the container: every file of its image and its volumes, programs that stay until the pod ends, and more of the kernel to attack. Nothing of the node by itself",
  },
  "docker-like": {
    meaning: "modules have what Docker gives without asking, and get what else they ask for",
    policy: {
      hostPaths: [{ pathPrefix: "/", readOnly: false }],
      hostNetwork: true,
      hostPid: true,
      hostIpc: true,
      privileged: true,
      root: true,
      capabilities: [...new Set([...dockerCapabilities, ...otherCapabilities])].sort(),
      // The node's own are closed all the same; and no priority, no taint: Docker knows neither.
      hostPorts: ["1-65535"],
    },
    defaults: { user: "docker", capabilities: dockerCapabilities, writableRoot: true, escalation: true },
    level: "privileged",
    attackerGains:
      "forged packets in the pod's network; and whoever writes the manifest, or has EdgeAgent's token, owns every node that runs modules, with the keys of all pods there",
  },
};
