import { describe, expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { podTemplate } from "./pod-template.ts";

const { policy } = defaultModuleSettings;
const allowing = { ...defaultModuleSettings, policy: { ...policy, hostNetwork: true, hostPorts: ["443"] } };
const anyPort = { name: "net.ipv4.ip_unprivileged_port_start", value: "0" };

function podOf(createOptions: object, id = "web") {
  const module = { settings: { image: "r/web:1", createOptions } };
  const text =
    id === "edgeHub" ? manifestText({}, { systemModules: { edgeHub: module } }) : manifestText({ web: module });
  const parsed = parseManifest(text, allowing);
  const [only] = parsed.ok ? parsed.manifest.modules : [];
  if (only === undefined) throw new Error(JSON.stringify(parsed));
  const pod = podTemplate(only, installation, "generation-1").spec;
  return {
    sysctls: pod?.securityContext?.sysctls,
    capabilities: pod?.containers[0]?.securityContext?.capabilities,
    proxy: pod?.initContainers?.[0]?.securityContext?.capabilities,
  };
}
const dropped = { drop: ["ALL"] };
const bound = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };

describe("a module that listens below 1024", () => {
  it.each([
    ["binds", { HostConfig: { PortBindings: { "443/tcp": [{ HostPort: "8443" }] } } }, "web"],
    ["exposes", { ExposedPorts: { "53/udp": {} } }, "web"],
    ["asks for the capability", { HostConfig: { CapAdd: ["NET_BIND_SERVICE"] } }, "web"],
    ["is the hub, which listens whatever it binds", {}, "edgeHub"],
  ])("may as any user, and its files may have the capability: it %s", (_, createOptions, id) => {
    expect(podOf(createOptions, id)).toEqual({ sysctls: [anyPort], capabilities: bound, proxy: dropped });
  });

  it("keeps what it says itself of the setting, and its other sysctls", () => {
    const own = { "net.ipv4.ip_unprivileged_port_start": "100", "net.ipv4.tcp_syncookies": "1" };
    const { sysctls } = podOf({ ExposedPorts: { "443/tcp": {} }, HostConfig: { Sysctls: own } });
    expect(sysctls).toEqual(Object.entries(own).map(([name, value]) => ({ name, value })));
    const other = { "net.ipv4.tcp_syncookies": "1" };
    expect(podOf({ ExposedPorts: { "443/tcp": {} }, HostConfig: { Sysctls: other } }).sysctls).toHaveLength(2);
  });

  it("changes nothing of the node's network", () => {
    const HostConfig = { NetworkMode: "host", PortBindings: { "443/tcp": [] } };
    expect(podOf({ HostConfig })).toEqual({ sysctls: undefined, capabilities: bound, proxy: dropped });
  });
});

it("a module above 1023 has neither, whatever port others reach it by", () => {
  const createOptions = { HostConfig: { PortBindings: { "8080/tcp": [{ HostPort: "80" }] } } };
  expect(podOf(createOptions)).toEqual({ sysctls: undefined, capabilities: dropped, proxy: dropped });
});
