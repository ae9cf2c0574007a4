import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy } from "#contract";
import { leastPolicy } from "./least-policy.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/vision:1.0";
const text = (HostConfig: object, more: object = {}) =>
  JSON.stringify({
    schemaVersion: "1.1",
    modules: { vision: { settings: { image, createOptions: { HostConfig, ...more } } } },
  });
const settings = (policy: Partial<ModulePolicy>) => ({
  ...defaultModuleSettings,
  policy: { ...defaultModuleSettings.policy, ...policy },
});

function parse(HostConfig: object, policy: Partial<ModulePolicy> = {}, more: object = {}) {
  const parsed = parseManifest(text(HostConfig, more), settings(policy));
  const [module] = parsed.ok ? parsed.manifest.modules : [];
  return {
    module,
    errors: parsed.ok ? [] : parsed.errors.map(describeProblem),
    warnings: parsed.warnings.map(describeProblem),
  };
}

const usb = { PathOnHost: "/dev/ttyUSB0", PathInContainer: "/dev/ttyUSB0" };
const gpu = { resource: "nvidia.com/gpu", runtimeClassName: "nvidia" };

describe("a device that the policy does not give", () => {
  it("is refused, and the refusal shows how it can be given", () => {
    const { errors } = parse({ Devices: [{ PathOnHost: "/dev/video0" }], DeviceCgroupRules: ["c 81:* rwm"] });
    expect(errors).toEqual([
      expect.stringContaining('[{"path":"/dev/video0","resource":"smarter-devices/video0"}]'),
      expect.stringContaining('[{"rule":"c 81:*","resource":'),
    ]);
  });

  it("takes the least policy that can be told", () => {
    const least = leastPolicy(
      text({ Devices: [usb], DeviceRequests: [{ Count: 1, Capabilities: [["gpu"]] }] }),
      defaultModuleSettings,
    );
    expect(least.parsed.ok).toBe(true);
    expect(least.policy).toMatchObject({
      gpu,
      devices: [{ path: "/dev/ttyUSB0", resource: "smarter-devices/ttyUSB0" }],
    });
  });

  it("is bound in a privileged container where both are allowed, as the module's own user", () => {
    const policy = { privileged: true, hostPaths: [{ pathPrefix: "/dev", readOnly: false }] };
    const { module, warnings } = parse({ Devices: [usb] }, policy);
    expect(module?.privileges.privileged).toBe(true);
    expect(module?.container.user).toBe("fixed");
    expect(module?.container.volumes).toMatchObject([{ hostPath: { path: "/dev/ttyUSB0", type: "CharDevice" } }]);
    expect(warnings).toEqual([expect.stringContaining("makes the module privileged")]);
    expect(parse({ Devices: [usb], Privileged: true }, policy).warnings).toEqual([]);
    expect(parse({ Devices: [usb] }, { privileged: true }).errors).toEqual([expect.stringContaining("hostPaths")]);
  });

  it.each([
    ["/dev/bus/usb", "Directory"],
    ["/dev/sda1", "BlockDevice"],
    ["/dev/ttyAMA0", "CharDevice"],
  ])("is bound as what %s is: a node without it says so", (PathOnHost, type) => {
    const policy = { privileged: true, hostPaths: [{ pathPrefix: "/dev", readOnly: false }] };
    expect(parse({ Devices: [{ PathOnHost }] }, policy).module?.container.volumes).toMatchObject([
      { hostPath: { type } },
    ]);
  });

  it("is there without a mount of its own in a directory that is mounted", () => {
    const policy = { privileged: true, hostPaths: [{ pathPrefix: "/dev", readOnly: false }] };
    const { module } = parse({ Devices: [usb], Privileged: true, Binds: ["/dev:/dev"] }, policy);
    expect(module?.container.mounts.map(({ mountPath }) => mountPath)).toEqual(["/dev"]);
  });
});

describe("a GPU", () => {
  it.each([
    ["Runtime", { Runtime: "nvidia" }, "1"],
    ["a request of one", { DeviceRequests: [{ Count: 1, Capabilities: [["gpu"]] }] }, "1"],
    ["requests of several", { DeviceRequests: [{ Count: 2 }, { DeviceIDs: ["0"] }] }, "3"],
  ])("asked for by %s is the resource and the RuntimeClass of the policy", (_, HostConfig, count) => {
    const { module } = parse(HostConfig, { gpu });
    expect(module?.container.resources.limits).toEqual({ "nvidia.com/gpu": count });
    expect(module?.pod.runtimeClassName).toBe("nvidia");
  });

  it("is as many as the module's own limit says", () => {
    const more = { "k8s-experimental": { resources: { limits: { "nvidia.com/gpu": "4" } } } };
    expect(parse({ Runtime: "nvidia" }, { gpu }, more).module?.container.resources.limits).toEqual({
      "nvidia.com/gpu": "4",
    });
  });

  it.each([
    ["of another driver", { DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["x"] }] }],
    ["that is none", { DeviceRequests: [{ Capabilities: [["tpu"]] }] }],
    ["by another runtime", { Runtime: "kata" }],
  ])("%s is refused, with whatever policy", (_, HostConfig) => {
    expect(parse(HostConfig, { gpu }).errors).toHaveLength(1);
  });

  it("needs nothing where the runtime is the one that every container has", () => {
    expect(parse({ Runtime: "runc" })).toMatchObject({ errors: [], warnings: [] });
  });
});
