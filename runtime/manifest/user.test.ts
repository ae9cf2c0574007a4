import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModuleSettings } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const known: ModuleSettings = {
  ...defaultModuleSettings,
  userNumbers: { mosquitto: 1883, superuser: 0 },
  groupNumbers: { dialout: 20, wheel: 0 },
};

function read(createOptions: object, settings = known) {
  const parsed = parseManifest(manifestText({ sample: { settings: { image: "r/s:1", createOptions } } }), settings);
  if (!parsed.ok) return parsed.errors.map(describeProblem);
  const [only] = parsed.manifest.modules;
  return { user: only?.container.user, groups: only?.pod.securityContext.supplementalGroups };
}

describe("names of users and groups", () => {
  it.each([
    [{ User: "mosquitto" }, { user: { uid: 1883 } }],
    [{ User: "mosquitto:dialout" }, { user: { uid: 1883, gid: 20 } }],
    [{ User: "1001:dialout" }, { user: { uid: 1001, gid: 20 } }],
    [{ HostConfig: { GroupAdd: ["dialout", 44] } }, { groups: [20, 44] }],
    [{ "k8s-extensions": { user: "image" } }, { user: "image" }],
    [{ User: "7", "k8s-extensions": { user: "image" } }, { user: { uid: 7 } }],
  ])("are the numbers that the installation knows: %j", (createOptions, expected) => {
    expect(read(createOptions)).toEqual({ user: undefined, groups: undefined, ...expected });
  });

  it.each([
    [{ User: "nobody" }, "edgeAgent.userNumbers"],
    [{ User: "constructor" }, "edgeAgent.userNumbers"],
    [{ User: "7:video" }, "edgeAgent.groupNumbers"],
    [{ User: "7:20:1" }, "is not a numeric user"],
    [{ User: "2147483648" }, '"2147483648" is above 2147483647'],
    [{ HostConfig: { GroupAdd: ["2147483648"] } }, '"2147483648" is above 2147483647'],
    [{ HostConfig: { GroupAdd: ["video"] } }, "Write the number that the image's /etc/group has"],
    [{ HostConfig: { GroupAdd: ["video"] } }, "edgeAgent.groupNumbers"],
    [{ "k8s-extensions": { user: "root" } }, "is not one of fixed, image, docker"],
  ])("are refused with the way out where it does not: %j", (createOptions, message) => {
    expect(read(createOptions)).toEqual([expect.stringContaining(message)]);
  });

  it("are asked for at once, where it knows neither the user nor the group", () => {
    expect(read({ User: "nobody:video" })).toEqual([
      expect.stringContaining("edgeAgent.groupNumbers"),
      expect.stringContaining("edgeAgent.userNumbers"),
    ]);
  });

  it("are as high as those that clusters give to namespaces", () => {
    expect(read({ User: "1000650000:2147483647" })).toMatchObject({ user: { uid: 1_000_650_000, gid: 2_147_483_647 } });
  });

  it.each([
    [{ User: "superuser" }, "is root"],
    [{ User: "mosquitto:wheel" }, "0 is the group of root"],
    [{ HostConfig: { GroupAdd: ["root"] } }, "0 is the group of root"],
    [{ "k8s-extensions": { user: "docker" } }, '"docker" lets the module be root'],
  ])("get nobody past the policy: %j", (createOptions, message) => {
    expect(read(createOptions)).toEqual([expect.stringContaining(message)]);
  });
});
