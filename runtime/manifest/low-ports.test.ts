import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModuleSettings, plainModuleDefaults } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const { policy } = defaultModuleSettings;
const allowed = { hostNetwork: true, hostIpc: true, root: true, hostPorts: ["1-65535"] };
const settings = { ...defaultModuleSettings, policy: { ...policy, ...allowed } };

function problems(createOptions: object, more: Partial<ModuleSettings> = {}) {
  const text = manifestText({ web: { settings: { image: "r/web:1", createOptions } } });
  const parsed = parseManifest(text, { ...settings, ...more });
  return [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings].map(describeProblem);
}
const onNode = (HostConfig: object = {}, more: object = {}) => ({
  ...more,
  HostConfig: { NetworkMode: "host", ...HostConfig },
});
const clusterAlone = { serviceOptions: { type: "ClusterIP" } };
const low = { "443/tcp": [{ HostPort: "443" }], "53/udp": [] };

describe("ports that a node keeps for root", () => {
  it("are a warning with the way out where a module shares the node's network", () => {
    expect(problems(onNode({ PortBindings: low }))).toEqual([
      "modules.web.settings.createOptions.HostConfig.PortBindings: port 53, 443 of the node can be taken by root alone, or by a program whose file has NET_BIND_SERVICE. " +
        'Let the module listen above 1023, or leave the node\'s network, or write "User": "root" where edgeAgent.policy.root allows it.',
    ]);
    expect(problems(onNode({}, { ExposedPorts: { "443/tcp": {} } }))).toHaveLength(1);
  });

  it.each([
    ["a network of its own", { HostConfig: { PortBindings: low }, "k8s-experimental": clusterAlone }],
    ["root", onNode({ PortBindings: low }, { User: "root" })],
    ["higher ports", onNode({ PortBindings: { "1024/tcp": [] } })],
  ])("are none with %s", (_, createOptions) => expect(problems(createOptions)).toEqual([]));
});

it("are none where the installation lets images be root", () => {
  const defaults = { ...plainModuleDefaults, user: "docker" } as const;
  expect(problems(onNode({ PortBindings: low }), { defaults })).toEqual([]);
});

describe("sysctls of what a module shares with its node", () => {
  it.each([
    [{ NetworkMode: "host", Sysctls: { "net.ipv4.tcp_syncookies": "1" } }, "whose network the module has"],
    [{ IpcMode: "host", Sysctls: { "kernel.shm_rmid_forced": "1" } }, "whose shared memory the module has"],
  ])("are refused: %j", (HostConfig, message) => {
    expect(problems({ HostConfig })).toEqual([expect.stringContaining(message)]);
  });

  it("are its own otherwise", () => {
    expect(problems({ HostConfig: { IpcMode: "host", Sysctls: { "net.ipv4.tcp_syncookies": "1" } } })).toEqual([]);
  });
});
