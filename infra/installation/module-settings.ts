import {
  defaultModuleSettings,
  type ModuleDefaults,
  type ModulePolicy,
  type ModuleSettings,
  type ModuleUser,
  moduleUsers,
  movingTagPolicies,
  type PolicyProfile,
  plainModuleDefaults,
  policyProfileNames,
  policyProfiles,
  registriesSecret,
  type VolumeSettings,
} from "#contract";
import type { EdgeAgentArgs, EdgeInstallationArgs, HostPathArgs, ModulePolicyArgs } from "./args.ts";
import { installationErrors } from "./errors.ts";
import { foreignCaSecret } from "./issued-ca.ts";

/** Where ports that a manifest binds at the host are reached in the cluster alone. */
const inCluster = "ClusterIP";

/**
 * What an installation lets its modules have, with nothing left to default.
 *
 * @param closedSecrets Secrets that no module may read; they do not change any right
 */
export function moduleSettingsOf(
  {
    policy: given = {},
    moduleUser,
    userNumbers,
    groupNumbers,
    movingTags,
    volumes,
    jobs,
    registryCredentials,
    hostPorts = inCluster,
    lostNode,
  }: EdgeAgentArgs,
  closedSecrets: readonly string[] = [],
): ModuleSettings {
  const profile = profileOf(given) ?? policyProfiles.restricted;
  const policy = policyOf(given, profile);
  const moduleDefaults = defaultsOf(profile, moduleUser as ModuleUser | undefined, policy);
  return {
    policy,
    volumes: { ...defaultModuleSettings.volumes, ...(volumes as VolumeSettings | undefined) },
    jobs: jobs ?? defaultModuleSettings.jobs,
    registryCredentials: registryCredentials ?? defaultModuleSettings.registryCredentials,
    closedSecrets: [...closedSecrets],
    // Left out where they change nothing: EdgeAgent takes up other settings, and older ones do not know the keys.
    ...(moduleDefaults === plainModuleDefaults ? {} : { defaults: moduleDefaults }),
    ...(isEmpty(userNumbers) ? {} : { userNumbers: { ...userNumbers } }),
    ...(movingTags === "always" ? { movingTags } : {}),
    ...(isEmpty(groupNumbers) ? {} : { groupNumbers: { ...groupNumbers } }),
    ...(hostPorts !== inCluster && { hostPorts: hostPorts as NonNullable<ModuleSettings["hostPorts"]> }),
    ...(lostNode?.seconds !== undefined && {
      lostNode: { seconds: lostNode.seconds, withVolume: lostNode.withVolume === "stay" ? "stay" : "move" },
    }),
  };
}

/** The settings by all that says what modules may have, for whoever deploys and for whoever judges alike. */
export function settingsOfModules(
  {
    edgeAgent = {},
    ...keys
  }: Pick<EdgeInstallationArgs, "trust" | "identity" | "provisioning"> & { readonly edgeAgent?: EdgeAgentArgs },
  {
    imagePullSecrets,
    hasRegistries,
  }: { readonly imagePullSecrets: readonly string[]; readonly hasRegistries: boolean },
): ModuleSettings {
  return moduleSettingsOf(edgeAgent, closedSecretsOf(keys, fetchedBy(imagePullSecrets, hasRegistries)));
}

/** The Secrets by which nodes fetch images: those that are named, and the one that is made of the registries' passwords. */
export function fetchedBy(named: readonly string[], hasRegistries: boolean): readonly string[] {
  return hasRegistries ? [...new Set([...named, registriesSecret])] : named;
}

/** The Secrets that the installation uses under names of its user's choice, each once. */
export function closedSecretsOf(
  { trust, identity, provisioning }: Pick<EdgeInstallationArgs, "trust" | "identity" | "provisioning">,
  imagePullSecrets: readonly string[],
): readonly string[] {
  const keys = [foreignCaSecret(trust?.workloadCa), identity?.existingSecret, provisioning?.existingSecret];
  return [...new Set([...keys.filter((name) => name !== undefined), ...imagePullSecrets])].sort();
}

/** What is wrong with the keys that say whose rights modules have; undefined when nothing is. */
export function moduleRightsProblem({ policy = {}, moduleUser, movingTags }: EdgeAgentArgs): string | undefined {
  const profile = profileOf(policy);
  if (profile === undefined) return `policy.profile is not one of ${policyProfileNames.join(", ")}`;
  if (movingTags !== undefined && !(movingTagPolicies as readonly string[]).includes(movingTags)) {
    return `movingTags is not one of ${movingTagPolicies.join(", ")}`;
  }
  if (moduleUser === undefined) return undefined;
  if (!(moduleUsers as readonly string[]).includes(moduleUser)) {
    return `moduleUser is not one of ${moduleUsers.join(", ")}`;
  }
  if (moduleUser !== "docker" || policyOf(policy, profile).root) return undefined;
  return "moduleUser is docker, whose images may be root, and policy.root is not true";
}

/** @throws EDGE_INSTALLATION_MODULE_RIGHTS */
export function requireModuleRights(installation: string, edgeAgent: EdgeAgentArgs): void {
  const found = moduleRightsProblem(edgeAgent);
  if (found !== undefined) throw installationErrors.EDGE_INSTALLATION_MODULE_RIGHTS({ installation, found });
}

function profileOf({ profile = "restricted" }: ModulePolicyArgs): PolicyProfile | undefined {
  return policyProfileNames.flatMap((name) => (name === profile ? [policyProfiles[name]] : []))[0];
}

/** The profile's policy, in which each key that is said beside it counts instead. */
function policyOf({ profile: _, hostPaths, ...switches }: ModulePolicyArgs, profile: PolicyProfile): ModulePolicy {
  const said = Object.entries(switches).filter(([, value]) => value !== undefined);
  return {
    ...profile.policy,
    ...Object.fromEntries(said),
    ...(hostPaths === undefined ? {} : { hostPaths: hostPaths.map(hostPathOf) }),
  };
}

function hostPathOf({
  pathPrefix,
  readOnly = true,
  recursiveReadOnly,
}: HostPathArgs): ModulePolicy["hostPaths"][number] {
  return { pathPrefix, readOnly, ...(recursiveReadOnly === "IfPossible" && { recursiveReadOnly }) };
}

/** No module has without asking what it could not have by asking. */
function defaultsOf(
  { defaults: given }: PolicyProfile,
  moduleUser: ModuleUser | undefined,
  policy: ModulePolicy,
): ModuleDefaults {
  const wanted = moduleUser ?? given.user;
  const user = wanted === "docker" && !policy.root ? "image" : wanted;
  const capabilities = given.capabilities.filter((name) => policy.capabilities.includes(name));
  const made = { ...given, user, capabilities, escalation: given.escalation && policy.root };
  return JSON.stringify(made) === JSON.stringify(plainModuleDefaults) ? plainModuleDefaults : made;
}

function isEmpty(numbers: object | undefined): boolean {
  return numbers === undefined || Object.keys(numbers).length === 0;
}
