import { defaultModuleSettings, type ModulePolicy, type ModuleSettings, type VolumeSettings } from "#contract";
import type { EdgeAgentArgs, EdgeInstallationArgs, ModulePolicyArgs } from "./args.ts";

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
