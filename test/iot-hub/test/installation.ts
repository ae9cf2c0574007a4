import { afterEach, beforeEach } from "vitest";
import { FakeClock } from "../../fakes/clock.ts";
import { createSasToken, type FakeIotHub, type FakeIotHubOptions, type Hub, startFakeIotHub } from "../index.ts";

export const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");

export interface Installation {
  readonly fake: FakeIotHub;
  readonly hub: Hub;
  readonly clock: FakeClock;
  readonly ports: { readonly https: number; readonly mqtt: number };
  /** A token that the key of a device or module has signed, for an hour. */
  token(path: string, more?: { key?: string; seconds?: number; host?: string; keyName?: string }): string;
}

/** For each test: device `d1` with module `m1`, keys 1 and 2, device `d2`, a disabled one, and time that stands still. */
export function useInstallation(options: FakeIotHubOptions = {}): () => Installation {
  let installation: Installation;
  beforeEach(async () => {
    const clock = new FakeClock(Date.parse("2026-06-01T00:00:00Z"));
    const fake = await startFakeIotHub({ clock, ...options });
    const authentication = (fill: number) => ({
      ...{ type: "sas", symmetricKey: { primaryKey: key(fill), secondaryKey: key(fill + 1) } },
    });
    const { registry } = fake.hub;
    const d1 = { deviceId: "d1", capabilities: { iotEdge: true }, authentication: authentication(1) };
    registry.putDevice("d1", d1, undefined);
    registry.putDevice("d2", { deviceId: "d2", authentication: authentication(3) }, undefined);
    const off = { deviceId: "off", status: "disabled", authentication: authentication(1) };
    registry.putDevice("off", off, undefined);
    registry.putModule("d1", "m1", { deviceId: "d1", moduleId: "m1", authentication: authentication(1) }, undefined);
    const token: Installation["token"] = (path, more = {}) => {
      const { seconds = 3600, host = "hub.test", key: own = key(1), keyName } = more;
      const expiry = Math.floor(clock.now() / 1000) + seconds;
      const name = keyName === undefined ? {} : { keyName };
      return createSasToken({ resource: path === "" ? host : `${host}/${path}`, key: own, expiry, ...name });
    };
    const ports = { https: await fake.listen("https"), mqtt: await fake.listen("mqtt") };
    installation = { fake, hub: fake.hub, clock, ports, token };
  });
  afterEach(async () => {
    try {
      installation.fake.journal.expectNoViolations();
    } finally {
      await installation.fake.close();
    }
  });
  return () => installation;
}
