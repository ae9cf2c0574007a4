import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { defaultModuleSettings, plainModuleDefaults, policyProfileNames, policyProfiles } from "#contract";
import type { EdgeAgentArgs } from "./args.ts";
import { closedSecretsOf, moduleRightsProblem, moduleSettingsOf, requireModuleRights } from "./module-settings.ts";
import { connected, recordInstallation } from "./test/sample.ts";

describe("moduleSettingsOf", () => {
  it("lets modules have nothing by default", () => {
    expect(moduleSettingsOf({})).toEqual(defaultModuleSettings);
  });

  it("keeps the defaults beside what is said, and paths read-only", () => {
    const settings = moduleSettingsOf({
      policy: { hostPaths: [{ pathPrefix: "/srv" }], hostNetwork: true },
      volumes: { create: true, size: "8Gi" },
      jobs: false,
    });
    expect(settings.policy).toMatchObject({
      hostPaths: [{ pathPrefix: "/srv", readOnly: true }],
      hostNetwork: true,
      privileged: false,
    });
    expect(settings.volumes).toEqual({ create: true, size: "8Gi", accessMode: "ReadWriteOnce", deletion: "retain" });
    expect(settings.jobs).toBe(false);
  });
});

describe("a policy's profile", () => {
  const rightsOf = (edgeAgent: EdgeAgentArgs) => {
    const { policy, defaults = plainModuleDefaults } = moduleSettingsOf(edgeAgent);
    return { policy, defaults };
  };

  it.each(policyProfileNames)("%s is its stated list", (profile) => {
    const { policy, defaults } = policyProfiles[profile];
    expect(rightsOf({ policy: { profile } })).toEqual({ policy, defaults });
  });

  it("gives way to each key beside it, and to nothing else", () => {
    const { policy, defaults } = policyProfiles["docker-like"];
    const hostPaths = [{ pathPrefix: "/srv", readOnly: true }];
    expect(rightsOf({ policy: { profile: "docker-like", privileged: false, hostPaths } })).toEqual({
      policy: { ...policy, privileged: false, hostPaths },
      defaults,
    });
  });

  it("gives nothing without asking that the keys beside it take away", () => {
    const narrowed = { profile: "docker-like", root: false, capabilities: ["CHOWN"] };
    expect(rightsOf({ policy: narrowed }).defaults).toEqual({
      ...{ user: "image", capabilities: ["CHOWN"], writableRoot: true, escalation: false },
    });
  });

  it("leaves the settings of installations without one as they were", () => {
    expect(Object.keys(moduleSettingsOf({ policy: { profile: "restricted" } }))).toEqual(
      Object.keys(defaultModuleSettings),
    );
  });

  it("leaves the user to the installation", () => {
    expect(rightsOf({ moduleUser: "image" }).defaults).toEqual({ ...plainModuleDefaults, user: "image" });
    expect(rightsOf({ moduleUser: "fixed", policy: { profile: "hub" } }).defaults.user).toBe("fixed");
    expect(moduleSettingsOf({ movingTags: "on-create" })).not.toHaveProperty("movingTags");
    expect(moduleSettingsOf({ movingTags: "always" })).toHaveProperty("movingTags", "always");
    const numbers = { userNumbers: { mosquitto: 1883 }, groupNumbers: { dialout: 20 } };
    expect(moduleSettingsOf(numbers)).toMatchObject(numbers);
  });

  it.each<[EdgeAgentArgs, string]>([
    [{ policy: { profile: "docker" } }, "policy.profile is not one of restricted, hub, docker-like"],
    [{ moduleUser: "root" }, "moduleUser is not one of fixed, image, docker"],
    [{ movingTags: "never" }, "movingTags is not one of on-create, always"],
    [{ moduleUser: "docker" }, "policy.root is not true"],
    [{ moduleUser: "docker", policy: { profile: "hub", root: false } }, "policy.root is not true"],
  ])("is refused where it is not possible: %j", (edgeAgent, message) => {
    expect(moduleRightsProblem(edgeAgent)).toContain(message);
    expect(() => requireModuleRights("edge-a", edgeAgent)).toThrow(message);
  });

  it("is possible beside root", () => {
    expect(moduleRightsProblem({ moduleUser: "docker", policy: { root: true } })).toBeUndefined();
  });
});

describe("Secrets of the user's choice", () => {
  it("are told to EdgeAgent, which closes them to manifests", async () => {
    const { find } = await recordInstallation({
      imagePullSecrets: ["pull", pulumi.output("other-pull")],
      trust: { workloadCa: { existingSecret: "our-ca" }, trustedCas: [] },
      identity: { existingSecret: "our-identity" },
      ...connected,
    });
    const settings = JSON.parse(find("ConfigMap", "iotedged-agent-config").inputs.data["settings.json"]);
    expect(settings.modules.closedSecrets).toEqual(["line-1-device", "other-pull", "our-ca", "our-identity", "pull"]);
  });

  it("are closed with that of cert-manager, whose name manifests could guess", () => {
    const certManager = { issuerRef: { name: "line-ca" } };
    expect(closedSecretsOf({ trust: { workloadCa: { certManager } } }, [])).toEqual(["iotedged-issued-ca"]);
  });
});

describe("Role edgeagent", () => {
  const rulesOf = async (edgeAgent: object) => {
    const { find } = await recordInstallation({ edgeAgent });
    const { rules } = find("Role", "edgeagent").inputs as {
      rules: { resources: string[]; resourceNames?: string[]; verbs: string[] }[];
    };
    return (resource: string) => rules.filter(({ resources }) => resources.includes(resource));
  };

  it("has no right on claims and Secrets, and none on Jobs where there are none", async () => {
    const on = await rulesOf({ jobs: false });
    expect([on("jobs"), on("secrets"), on("persistentvolumeclaims")]).toEqual([[], [], []]);
    expect((await rulesOf({}))("jobs")).toHaveLength(1);
  });

  it("may delete claims only when told that it shall", async () => {
    const verbsOf = async (volumes: object) =>
      (await rulesOf({ volumes }))("persistentvolumeclaims").flatMap(({ verbs }) => verbs);
    expect(await verbsOf({ deletion: "delete" })).toEqual([]);
    expect(await verbsOf({ create: true })).toEqual(["list", "watch", "create", "patch"]);
    expect(await verbsOf({ create: true, deletion: "delete" })).toContain("delete");
  });

  it("takes part in an election only with more than one replica", async () => {
    expect((await rulesOf({}))("leases")).toEqual([]);
    expect((await rulesOf({ replicas: 2 }))("leases").map(({ resourceNames }) => resourceNames)).toEqual([
      ["edgeagent"],
    ]);
  });

  it("may write one Secret when told that it shall", async () => {
    const [rule, ...more] = (await rulesOf({ registryCredentials: true }))("secrets");
    expect(rule?.resourceNames).toEqual(["edgeagent-registry-credentials"]);
    expect(more).toEqual([]);
  });
});
