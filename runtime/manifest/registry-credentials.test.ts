import { describe, expect, it } from "vitest";
import { defaultModuleSettings } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const inline = { address: "registry.example.com", username: "robot", password: "hunter2" };

function read(registryCredentials: object, isAllowed: boolean) {
  const text = manifestText({}, { runtime: { type: "docker", settings: { registryCredentials } } });
  return parseManifest(text, { ...defaultModuleSettings, registryCredentials: isAllowed });
}
function refusals(registryCredentials: object, isAllowed = true): readonly string[] {
  const parsed = read(registryCredentials, isAllowed);
  return parsed.ok ? [] : parsed.errors.map(describeProblem);
}

describe("registry credentials", () => {
  it("name Secrets that are there, whatever the installation allows", () => {
    const parsed = read({ a: { secretName: "acr" }, b: { address: "x", secretName: "acr" } }, false);
    expect(parsed.ok && parsed.manifest.credentials).toEqual({ secretNames: ["acr"], registries: [] });
    expect(parsed.warnings).toEqual([]);
  });

  it("stand in the manifest only where the installation lets EdgeAgent write a Secret", () => {
    const parsed = read({ acr: inline }, true);
    expect(parsed.ok && parsed.manifest.credentials).toEqual({ secretNames: [], registries: [inline] });
    expect(refusals({ acr: inline }, false)).toEqual([expect.stringContaining("edgeAgent.registryCredentials")]);
  });

  it.each<[string, object, string]>([
    ["no password", { address: "r", username: "u" }, "registryCredentials.acr.password: is missing"],
    ["no address", { username: "u", password: "hunter2" }, "registryCredentials.acr.address: is missing"],
    ["an address with a space", { ...inline, address: "a b" }, "registryCredentials.acr.address: is not usable"],
    ["a colon in the user's name", { ...inline, username: "a:b" }, "registryCredentials.acr.username: is not usable"],
    ["a Secret of the installation", { secretName: "iotedged-identity" }, "belongs to the installation itself"],
    ["no name of a Secret", { secretName: "A B" }, '"A B" is not the name of a Secret'],
  ])("are refused with %s", (_, acr, message) => {
    expect(refusals({ acr })).toEqual([expect.stringContaining(message)]);
  });

  it.each<[unknown]>([
    ["hunter2"],
    [["hunter2"]],
    [{ ...inline, password: ["hunter2"] }],
    [{ ...inline, address: {} }],
  ])("are never shown: %j", (acr) => {
    const parsed = read({ acr }, true);
    const lines = [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings].map(describeProblem);
    expect(lines).not.toEqual([]);
    expect(lines.join()).not.toContain("hunter2");
  });
});
