import { describe, expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { leastPolicy, mostNeeds } from "./least-policy.ts";

const manifest = (createOptions: object, more: object = {}) =>
  JSON.stringify({
    schemaVersion: "1.1",
    modules: { a: { type: "docker", settings: { image: "r/a:1", createOptions }, ...more } },
  });
const least = (createOptions: object, more?: object) =>
  leastPolicy(manifest(createOptions, more), defaultModuleSettings);

describe("leastPolicy", () => {
  it("opens nothing for a manifest that is accepted", () => {
    expect(least({ User: "1000" })).toMatchObject({
      needs: [],
      policy: defaultModuleSettings.policy,
      parsed: { ok: true },
    });
  });

  it("opens each door once, and no other", () => {
    const binds = ["/dev/ttyUSB0:/dev/ttyUSB0", "/etc/hosts:/hosts:ro"];
    const { policy, needs, parsed } = least({
      User: "root",
      HostConfig: { Privileged: true, NetworkMode: "host", CapAdd: ["NET_ADMIN", "CAP_NET_ADMIN"], Binds: binds },
    });
    expect(parsed.ok).toBe(true);
    expect(needs).toHaveLength(6);
    expect(policy).toEqual({
      ...defaultModuleSettings.policy,
      root: true,
      privileged: true,
      hostNetwork: true,
      capabilities: ["NET_ADMIN"],
      hostPaths: expect.arrayContaining([
        { pathPrefix: "/dev/ttyUSB0", readOnly: false },
        { pathPrefix: "/etc/hosts", readOnly: true },
      ]),
    });
  });

  it("writes where the installation lets read", () => {
    const hostPaths = [{ pathPrefix: "/srv", readOnly: true }];
    const settings = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, hostPaths } };
    const { needs, parsed } = leastPolicy(manifest({ HostConfig: { Binds: ["/srv/x:/x"] } }), settings);
    expect(needs).toEqual([{ field: "hostPaths", pathPrefix: "/srv/x", readOnly: false }]);
    expect(parsed.ok).toBe(true);
  });

  it("tells what no policy can allow", () => {
    const { needs, parsed } = least({ User: "root", HostConfig: { UTSMode: "host" } });
    expect(needs).toEqual([{ field: "root" }]);
    expect(parsed).toMatchObject({ ok: false, errors: [{ path: expect.stringContaining("UTSMode") }] });
  });

  it("looks for no more doors than anybody opens, however many a manifest asks for", () => {
    const modules = Array.from({ length: 1500 }, (_, index) => {
      const createOptions = { HostConfig: { Binds: [`/a${index}:/x`, `/b${index}:/y`], CapAdd: [`CAP_${index}`] } };
      return [`m${index}`, { type: "docker", settings: { image: "r/a:1", createOptions } }];
    });
    const text = JSON.stringify({ schemaVersion: "1.1", modules: Object.fromEntries(modules) });
    const { needs, parsed } = leastPolicy(text, defaultModuleSettings);
    expect(parsed.ok).toBe(false);
    expect(needs.length).toBeGreaterThanOrEqual(mostNeeds);
    expect(needs.length).toBeLessThan(2 * mostNeeds);
  });
});
