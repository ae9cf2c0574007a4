import { describe, expect, it } from "vitest";
import { defaultModuleSettings, dockerCapabilities, type ModuleSettings, policyProfiles } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { podTemplate } from "./pod-template.ts";

const settingsOf = (name: keyof typeof policyProfiles): ModuleSettings => {
  const { policy, defaults } = policyProfiles[name];
  return { ...defaultModuleSettings, policy, defaults };
};

function containerOf(createOptions: object, modules: ModuleSettings, assignedUsers = false) {
  const text = manifestText({ sample: { settings: { image: "r/sample:1", createOptions } } });
  const parsed = parseManifest(text, modules);
  const [only] = parsed.ok ? parsed.manifest.modules : [];
  if (only === undefined) throw new Error(JSON.stringify(parsed));
  const target = { ...installation, settings: { ...installation.settings, modules, assignedUsers } };
  const pod = podTemplate(only, target, "generation-1").spec;
  const scratch = pod?.volumes?.some(({ name }) => name === "iotedge-tmp");
  return { ...pod?.containers[0]?.securityContext, scratch, proxy: pod?.initContainers?.[0]?.securityContext };
}
const hardened = {
  allowPrivilegeEscalation: false,
  privileged: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};

describe("a module that does not ask for anything", () => {
  it("is user 1000 of a read-only container where nothing else is said", () => {
    const plain = containerOf({}, defaultModuleSettings);
    expect(plain).toEqual({ ...hardened, runAsUser: 1000, scratch: true, proxy: expect.anything() });
    expect(containerOf({}, settingsOf("restricted"))).toEqual(plain);
  });

  it("names no user where the platform assigns them, unless it asks for one", () => {
    const assigned = containerOf({}, defaultModuleSettings, true);
    expect(assigned).toEqual({ ...hardened, scratch: true, proxy: expect.anything() });
    expect(assigned.proxy).not.toHaveProperty("runAsUser");
    expect(containerOf({ User: "1883" }, defaultModuleSettings, true)).toMatchObject({ runAsUser: 1883 });
  });

  it("runs as its image is made where the profile is hub, beside a proxy that does not", () => {
    expect(containerOf({}, settingsOf("hub"))).toEqual({
      ...hardened,
      capabilities: { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"] },
      readOnlyRootFilesystem: false,
      runAsNonRoot: false,
      scratch: false,
      proxy: containerOf({}, defaultModuleSettings).proxy,
    });
  });

  it("has what Docker gives where the profile is docker-like", () => {
    expect(containerOf({}, settingsOf("docker-like"))).toMatchObject({
      allowPrivilegeEscalation: true,
      privileged: false,
      capabilities: { drop: ["ALL"], add: dockerCapabilities },
      readOnlyRootFilesystem: false,
      runAsNonRoot: false,
    });
  });
});

describe("a module that asks for less than its installation gives", () => {
  const like = settingsOf("docker-like");
  it("has less", () => {
    const HostConfig = {
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN"],
      ReadonlyRootfs: true,
      SecurityOpt: ["no-new-privileges"],
    };
    expect(containerOf({ User: "1001", HostConfig, "k8s-extensions": { user: "docker" } }, like)).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], add: ["CHOWN"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1001,
    });
    const { capabilities } = containerOf({ HostConfig: { CapDrop: ["CAP_NET_RAW"] } }, like);
    expect(capabilities?.add).toEqual(dockerCapabilities.filter((name) => name !== "NET_RAW"));
  });

  it("has the user that it names, or that it says its image names", () => {
    expect(containerOf({ "k8s-extensions": { user: "fixed" } }, like)).toMatchObject({ runAsUser: 1000 });
    const image = containerOf({ "k8s-extensions": { user: "image" } }, like);
    expect([image.runAsNonRoot, image.runAsUser]).toEqual([true, undefined]);
  });
});

it("an image's own user is within the restricted standard", () => {
  const modules: ModuleSettings = {
    ...defaultModuleSettings,
    defaults: { user: "image", capabilities: [], writableRoot: false, escalation: false },
  };
  expect(containerOf({}, modules)).toEqual({ ...hardened, scratch: true, proxy: expect.anything() });
});

it("all capabilities are not dropped again", () => {
  expect(containerOf({ HostConfig: { CapAdd: ["ALL"] } }, settingsOf("docker-like"))).toMatchObject({
    capabilities: { add: ["ALL"] },
    allowPrivilegeEscalation: true,
  });
});

describe("a privileged module", () => {
  const modules = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, privileged: true } };
  it("is the image's user with every capability, as Docker has it", () => {
    const security = containerOf({ HostConfig: { Privileged: true } }, modules);
    expect(security).toEqual({
      privileged: true,
      allowPrivilegeEscalation: true,
      readOnlyRootFilesystem: false,
      runAsNonRoot: false,
      scratch: false,
      proxy: containerOf({}, defaultModuleSettings).proxy,
    });
  });

  it("may name root without a further door, or another user", () => {
    expect(containerOf({ User: "root", HostConfig: { Privileged: true } }, modules).runAsUser).toBe(0);
    expect(containerOf({ User: "7", HostConfig: { Privileged: true } }, modules)).toMatchObject({
      ...{ privileged: true, runAsUser: 7, runAsNonRoot: true },
    });
  });
});
