import {
  type ModulePolicy,
  type ModuleSettings,
  plainModuleDefaults,
  policyProfileNames,
  policyProfiles,
} from "#contract";
import type { Judgement } from "./judgement.ts";

const keys = [
  ...(["hostNetwork", "hostPid", "hostIpc", "privileged", "root", "capabilities", "hostPaths", "devices"] as const),
  ...(["priorityClasses", "tolerations", "nodeLabels", "annotations", "hostPorts", "gpu"] as const),
];

/**
 * A policy as a stack's file writes it, with the profile that the installation has: in place of the present `policy`, it
 * gives all that this gives.
 */
export function wholePolicy(policy: ModulePolicy, settings: ModuleSettings): Judgement["policy"] {
  const found = policyProfileNames
    .filter((name) => hasDefaultsOf(name, settings))
    .map((name) => ({ name, said: differences(policy, policyProfiles[name].policy) }))
    .toSorted((a, b) => Object.keys(a.said).length - Object.keys(b.said).length)[0];
  const { name, said } = found ?? { name: policyProfileNames[0], said: policy };
  return { ...(name === policyProfileNames[0] ? {} : { profile: name }), ...said } as Judgement["policy"];
}

/** Whether modules have without asking what a profile gives them, less what the policy closes. */
function hasDefaultsOf(name: keyof typeof policyProfiles, { policy, defaults = plainModuleDefaults }: ModuleSettings) {
  const { writableRoot, escalation, capabilities } = policyProfiles[name].defaults;
  const given = capabilities.filter((one) => policy.capabilities.includes(one));
  return (
    writableRoot === defaults.writableRoot &&
    (escalation && policy.root) === defaults.escalation &&
    JSON.stringify(given) === JSON.stringify(defaults.capabilities)
  );
}

function differences(policy: ModulePolicy, profile: ModulePolicy): Partial<ModulePolicy> {
  const isOther = (key: (typeof keys)[number]) => JSON.stringify(policy[key]) !== JSON.stringify(profile[key]);
  return Object.fromEntries(keys.filter(isOther).map((key) => [key, policy[key]]));
}
