import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy, type ModuleSettings } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import type { Module } from "./manifest.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sample:1.0";

function read(createOptions: object, policy: Partial<ModulePolicy>, more: Partial<ModuleSettings> = {}, fields = {}) {
  const settings = { ...defaultModuleSettings, ...more, policy: { ...defaultModuleSettings.policy, ...policy } };
  return parseManifest(manifestText({ sample: { ...fields, settings: { image, createOptions } } }), settings);
}

function accepted(createOptions: object, policy: Partial<ModulePolicy>): Module {
  const parsed = read(createOptions, policy);
  const [module] = parsed.ok ? parsed.manifest.modules : [];
  if (module === undefined) throw new Error(parsed.ok ? "" : parsed.errors.map(describeProblem).join("\n"));
  return module;
}

function refusals(createOptions: object, policy: Partial<ModulePolicy> = {}): readonly string[] {
  const parsed = read(createOptions, policy);
  return parsed.ok ? [] : parsed.errors.map(describeProblem);
}

const host = (HostConfig: object) => ({ HostConfig });
const security = (securityContext: object) => ({ "k8s-experimental": { securityContext } });
const hostPath = (path: string, readOnly = false) => ({
  "k8s-experimental": {
    volumes: [{ volume: { name: "v", hostPath: { path } }, volumeMounts: [{ mountPath: "/v", readOnly }] }],
  },
});

describe("sockets of a node", () => {
  it.each([
    ["/var/run/docker.sock", "the node's container engine"],
    ["/run/containerd/containerd.sock", "the node's container engine"],
    ["/var/run/iotedge/workload.sock", "is IoT Edge's on a machine of its own"],
  ])("%s is told to be %s", (path, message) => {
    const parsed = read(host({ Binds: [`${path}:/s`] }), { hostPaths: [{ pathPrefix: "/", readOnly: false }] });
    expect(parsed.warnings.map(describeProblem)).toEqual([expect.stringContaining(message)]);
  });
});

describe("what a policy allows, and nobody else", () => {
  it.each<[string, object, Partial<ModulePolicy>, object]>([
    ["the node's network", host({ NetworkMode: "host" }), { hostNetwork: true }, { hostNetwork: true }],
    [
      "the node's network, as IoT Edge asks for it",
      { NetworkingConfig: { EndpointsConfig: { host: {} } } },
      { hostNetwork: true },
      { hostNetwork: true },
    ],
    ["the node's processes", host({ PidMode: "host" }), { hostPid: true }, { hostPid: true }],
    ["the node's shared memory", host({ IpcMode: "HOST" }), { hostIpc: true }, { hostIpc: true }],
    ["privilege", host({ Privileged: true }), { privileged: true }, { privileged: true }],
    [
      "capabilities, each once",
      host({ CapAdd: ["CAP_SYS_TIME", "NET_ADMIN", "net_admin"] }),
      { capabilities: ["NET_ADMIN", "SYS_TIME"] },
      { capabilities: ["NET_ADMIN", "SYS_TIME"] },
    ],
  ])("%s", (_, createOptions, policy, privileges) => {
    expect(accepted(createOptions, policy).privileges).toMatchObject(privileges);
    const [field = ""] = Object.keys(policy);
    expect(refusals(createOptions)).not.toEqual([]);
    for (const line of refusals(createOptions)) expect(line).toContain(`edgeAgent.policy.${field}`);
  });

  it.each<[string, object]>([
    ["the group of a user", { User: "1000:0" }],
    ["the group of a user, by name", { User: "1000:root" }],
    ["the group of the module's container", security({ runAsUser: 1000, runAsGroup: 0 })],
    ["the group of a container that names no user", security({ runAsGroup: 0 })],
    ["the group of the volumes", security({ fsGroup: 0 })],
    ["one of further groups", security({ supplementalGroups: [44, 0] })],
    ["one of further groups, as Docker has it", host({ GroupAdd: ["44", "0"] })],
  ])("group 0, which counts as root: %s", (_, createOptions) => {
    expect(refusals(createOptions, { root: true })).toEqual([]);
    expect(refusals(createOptions)).toEqual([expect.stringContaining("0 is the group of root. Remove it, or let")]);
  });

  it.each<[object, unknown]>([
    [{ User: "root" }, { uid: 0 }],
    [{ User: "0:0" }, { uid: 0, gid: 0 }],
    [{ User: "root:root" }, { uid: 0, gid: 0 }],
    [security({ runAsUser: 0 }), { uid: 0 }],
    [security({ runAsNonRoot: false }), "docker"],
    [{ "k8s-extensions": { user: "docker" } }, "docker"],
    [security({ runAsNonRoot: false, runAsUser: 7 }), { uid: 7 }],
  ])("root: %j", (createOptions, user) => {
    expect(accepted(createOptions, { root: true }).container.user).toEqual(user);
    expect(refusals(createOptions)).toEqual([expect.stringContaining("edgeAgent.policy.root")]);
  });

  it("not more because another thing is allowed", () => {
    const all = { NetworkMode: "host", PidMode: "host", Privileged: true, CapAdd: ["SYS_ADMIN"], Binds: ["/srv:/s"] };
    expect(refusals({ ...host(all), User: "root" }, { privileged: true })).toHaveLength(4);
    expect(refusals({ ...host({ ...all, Privileged: false }), User: "root" }, { privileged: true })).toHaveLength(5);
    expect(refusals(host({ CapAdd: ["SYS_ADMIN"] }), { capabilities: ["NET_ADMIN"] })).toHaveLength(1);
  });

  it.each([["no confinement", host({ SecurityOpt: ["seccomp=unconfined"] })]])("never %s", (_, createOptions) => {
    const everything: ModulePolicy = {
      hostPaths: [{ pathPrefix: "/", readOnly: false }],
      ...{ hostNetwork: true, hostPid: true, hostIpc: true, privileged: true, root: true },
      capabilities: ["SYS_ADMIN"],
    };
    expect(refusals(createOptions, everything)).toHaveLength(1);
  });
});

describe("paths of the node", () => {
  const policy = {
    hostPaths: [
      { pathPrefix: "/srv/plc/", readOnly: true },
      { pathPrefix: "/srv/plc/out", readOnly: false },
    ],
  };

  it.each<[object, string, boolean]>([
    [host({ Binds: ["/srv/plc:/in:ro"] }), "/srv/plc", true],
    [host({ Binds: ["/srv/plc/a/b/:/in:ro,z"] }), "/srv/plc/a/b", true],
    [host({ Binds: ["/srv//plc/out/x:/out"] }), "/srv/plc/out/x", false],
    [host({ Mounts: [{ Type: "bind", Source: "/srv/plc", Target: "/in", ReadOnly: true }] }), "/srv/plc", true],
  ])("that are allowed: %j", (createOptions, path, readOnly) => {
    const { volumes, mounts } = accepted(createOptions, policy).container;
    expect(volumes.map(({ hostPath: found }) => found?.path)).toEqual([path]);
    expect(mounts.map((mount) => mount.readOnly ?? false)).toEqual([readOnly]);
  });

  it("that are allowed in Kubernetes' own words", () => {
    expect(accepted(hostPath("/srv/plc", true), policy).container.volumes).toEqual([
      { name: "v", hostPath: { path: "/srv/plc" } },
    ]);
  });

  it.each([
    ["a neighbour", host({ Binds: ["/srv/plc2:/in:ro"] }), "mounts a path of the node"],
    ["a parent", host({ Binds: ["/srv:/in:ro"] }), "mounts a path of the node"],
    ["a way upwards", host({ Binds: ["/srv/plc/../../etc:/in:ro"] }), "mounts a path of the node"],
    ["a way upwards at the end", host({ Binds: ["/srv/plc/..:/in:ro"] }), "mounts a path of the node"],
    ["writing", host({ Binds: ["/srv/plc:/in"] }), "may be mounted for reading only"],
    ["writing in Kubernetes' own words", hostPath("/srv/plc"), "may be mounted for reading only"],
    ["elsewhere in Kubernetes' own words", hostPath("/etc", true), "mounts a path of the node"],
  ])("that are not: %s", (_, createOptions, message) => {
    expect(refusals(createOptions, policy)).toEqual([expect.stringContaining(message)]);
  });
});

describe("restart policies", () => {
  const warnings = (restartPolicy: string, jobs: boolean) =>
    read({}, {}, { jobs }, { restartPolicy }).warnings.map(describeProblem);

  it.each(["never", "on-failure"])("%s is whole as a Job, and in part without Jobs", (policy) => {
    expect(warnings(policy, true)).toEqual([]);
    expect(warnings(policy, false)).toEqual([expect.stringContaining("has a part of its effect")]);
  });
});
