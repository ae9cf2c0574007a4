import { describe, expect, it } from "vitest";
import { authenticate, type Claim, type Verify } from "./authenticate.ts";

const device = { hubHostname: "hub.example", deviceId: "line-1" };
const now = 1_700_000_000_000;
const digest = Buffer.alloc(32, 7);

function tokenFor(resource: string, end = now / 1000 + 60): string {
  const sig = encodeURIComponent(digest.toString("base64"));
  return `SharedAccessSignature sr=${encodeURIComponent(resource)}&sig=${sig}&se=${end}`;
}

const good: Claim = {
  clientId: "line-1/sensor",
  userName: "hub.example/line-1/sensor/?api-version=2021-04-12",
  password: tokenFor("hub.example/devices/line-1/modules/sensor"),
};
function forModule(moduleId: string): Claim {
  return {
    clientId: `line-1/${moduleId}`,
    userName: `hub.example/line-1/${moduleId}/?api-version=2021-04-12`,
    password: tokenFor(`hub.example/devices/line-1/modules/${moduleId}`),
  };
}

const asked: string[] = [];
const verify: Verify = async (moduleId, text, given) => {
  asked.push(`${moduleId} ${decodeURIComponent(text)}`);
  return given.equals(digest);
};

describe("authenticate", () => {
  it("knows a module by its token, for as long as that lasts", async () => {
    expect(await authenticate(device, good, verify, now)).toEqual({ moduleId: "sensor", expiry: now + 60_000 });
    expect(asked).toContain(`sensor hub.example/devices/line-1/modules/sensor\n${now / 1000 + 60}`);
  });

  it.each<[string, Partial<Claim>]>([
    ["another device", { clientId: "line-2/sensor" }],
    ["no module", { clientId: "line-1/" }],
    ["a device alone", { clientId: "line-1" }],
    ["more than a module", { clientId: "line-1/sensor/x" }],
    ["another module's user name", { userName: "hub.example/line-1/hub/?api-version=x" }],
    ["a longer module id in the user name", { userName: "hub.example/line-1/sensor2/?api-version=x" }],
    ["another hub", { userName: "other.example/line-1/sensor/?api-version=x" }],
    ["no user name", { userName: "" }],
    ["no token", { password: "" }],
    ["a name that is a wildcard", forModule("+")],
    ["a name with one", forModule("a#b")],
    ["another module's token", { password: tokenFor("hub.example/devices/line-1/modules/hub") }],
    ["a device's token", { password: tokenFor("hub.example/devices/line-1") }],
    ["a token that is over", { password: tokenFor("hub.example/devices/line-1/modules/sensor", now / 1000) }],
  ])("refuses %s without asking", async (_, change) => {
    asked.length = 0;
    expect(await authenticate(device, { ...good, ...change }, verify, now)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("refuses a token that the module did not sign", async () => {
    expect(await authenticate(device, good, async () => false, now)).toBeUndefined();
  });
});
