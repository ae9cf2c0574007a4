import { describe, expect, it } from "vitest";
import { policyProfileNames, policyProfiles } from "#contract";
import type { ModulePolicyArgs } from "./args.ts";
import { moduleSettingsOf } from "./module-settings.ts";
import { podSecurityLevel } from "./pod-security-level.ts";
import { recordInstallation } from "./test/sample.ts";

describe("podSecurityLevel", () => {
  it.each<[ModulePolicyArgs, string]>([
    [{}, "restricted"],
    [{ capabilities: ["NET_BIND_SERVICE"] }, "restricted"],
    [{ root: true }, "baseline"],
    [{ capabilities: ["CHOWN"] }, "baseline"],
    [{ capabilities: ["NET_ADMIN"] }, "privileged"],
    [{ hostPaths: [{ pathPrefix: "/dev" }] }, "privileged"],
    [{ hostNetwork: true }, "privileged"],
    [{ hostPid: true }, "privileged"],
    [{ hostIpc: true }, "privileged"],
    [{ privileged: true }, "privileged"],
  ])("is of %j %s", (policy, level) => {
    expect(podSecurityLevel(moduleSettingsOf({ policy }).policy)).toBe(level);
  });

  it.each(policyProfileNames)("of profile %s is the one that is stated", (profile) => {
    expect(podSecurityLevel(moduleSettingsOf({ policy: { profile } }).policy)).toBe(policyProfiles[profile].level);
  });

  it("is what the declared namespace enforces", async () => {
    const { all } = await recordInstallation({ createNamespace: true, edgeAgent: { policy: { root: true } } });
    const [namespace] = all("Namespace");
    expect(namespace?.inputs.metadata.labels["pod-security.kubernetes.io/enforce"]).toBe("baseline");
  });
});
