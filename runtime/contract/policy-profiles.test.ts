import { Check } from "typebox/value";
import { describe, expect, it } from "vitest";
import { ModuleDefaultsSchema, ModulePolicySchema, moduleUsers } from "./module-settings.ts";
import { policyProfileNames, policyProfiles } from "./policy-profiles.ts";

const profiles = policyProfileNames.map((name) => policyProfiles[name]);
const switches = ["hostNetwork", "hostPid", "hostIpc", "privileged", "root"] as const;

describe("profiles of policies", () => {
  it.each(policyProfileNames)("%s is what an installation's settings can hold", (name) => {
    const { policy, defaults, attackerGains, meaning } = policyProfiles[name];
    expect([Check(ModulePolicySchema, policy), Check(ModuleDefaultsSchema, defaults)]).toEqual([true, true]);
    expect([attackerGains, meaning]).not.toContain("");
  });

  it.each(policyProfileNames)("%s gives nothing without asking that it would refuse", (name) => {
    const { policy, defaults } = policyProfiles[name];
    expect(defaults.capabilities.filter((one) => !policy.capabilities.includes(one))).toEqual([]);
    expect(policy.root || (defaults.user !== "docker" && !defaults.escalation)).toBe(true);
  });

  it("each hold all of the one before", () => {
    for (const [index, { policy, defaults }] of profiles.entries()) {
      const before = profiles[index - 1];
      if (before === undefined) continue;
      for (const key of switches) expect(policy[key] || !before.policy[key], key).toBe(true);
      expect(policy.capabilities).toEqual(expect.arrayContaining([...before.policy.capabilities]));
      expect(defaults.capabilities).toEqual(expect.arrayContaining([...before.defaults.capabilities]));
      expect(moduleUsers.indexOf(defaults.user)).toBeGreaterThanOrEqual(moduleUsers.indexOf(before.defaults.user));
    }
  });
});
