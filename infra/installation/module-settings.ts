import { defaultModuleSettings, type ModulePolicy, type ModuleSettings, type VolumeSettings } from "#contract";
import type { EdgeAgentArgs, EdgeInstallationArgs, ModulePolicyArgs } from "./args.ts";

/** Pod Security Standards that a namespace can enforce. */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/**
 * What an installation lets its modules have, with nothing left to default.
 *
 * @param closedSecrets as {@link closedSecretsOf} gives them; they do not change any right
 */
export function moduleSettingsOf(
  { policy, volumes, jobs, registryCredentials }: EdgeAgentArgs,
  closedSecrets: readonly string[] = [],
): ModuleSettings {
  return {
    policy: policyOf(policy ?? {}),
    volumes: { ...defaultModuleSettings.volumes, ...(volumes as VolumeSettings | undefined) },
    jobs: jobs ?? defaultModuleSettings.jobs,
    registryCredentials: registryCredentials ?? defaultModuleSettings.registryCredentials,
    closedSecrets: [...closedSecrets],
  };
}

/** The Secrets that the installation uses under names of its user's choice, each once. */
export function closedSecretsOf(
  { trust }: Pick<EdgeInstallationArgs, "trust">,
  imagePullSecrets: readonly string[],
): readonly string[] {
  const ownCa = trust?.workloadCa?.existingSecret;
  return [...new Set([...(ownCa === undefined ? [] : [ownCa]), ...imagePullSecrets])].sort();
}

function policyOf({ hostPaths = [], ...rest }: ModulePolicyArgs): ModulePolicy {
  const paths = hostPaths.map(({ pathPrefix, readOnly = true }) => ({ pathPrefix, readOnly }));
  return { ...defaultModuleSettings.policy, ...rest, hostPaths: paths };
}

/** Capabilities that Pod Security Standard "baseline" lets containers add. */
const baselineCapabilities: readonly string[] = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"],
  ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** The strictest standard that a namespace can enforce without refusing a pod that the policy allows. */
export function podSecurityLevel(policy: ModulePolicy): PodSecurityLevel {
  const { hostPaths, hostNetwork, hostPid, hostIpc, privileged, root, capabilities } = policy;
  const isBeyond = capabilities.some((name) => !baselineCapabilities.includes(name));
  if (hostPaths.length > 0 || hostNetwork || hostPid || hostIpc || privileged || isBeyond) return "privileged";
  return root || capabilities.some((name) => name !== "NET_BIND_SERVICE") ? "baseline" : "restricted";
}
