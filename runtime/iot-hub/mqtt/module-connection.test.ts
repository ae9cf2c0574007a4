import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "#base";
import { type FakeClock, settle } from "../../../test/fakes/clock.ts";
import { key, useInstallation } from "../../../test/iot-hub/test/installation.ts";
import { openModule } from "../../../test/iot-hub/test/raw-mqtt.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { sasToken, stringToSign } from "../sas-token.ts";
import { openLink } from "./link.ts";
import {
  type ConnectionState,
  createModuleConnection,
  type HubIdentity,
  type ModuleConnection,
  type ModuleConnectionOptions,
} from "./module-connection.ts";
import type { AnswerMethod, TwinDocument } from "./session.ts";

const installation = useInstallation();
let clock: FakeClock;
let secret: string;
let twins: TwinDocument[];
let states: ConnectionState[];
let onMethod: AnswerMethod;
let more: Partial<ModuleConnectionOptions>;
let connection: ModuleConnection | undefined;

beforeEach(() => {
  ({ clock } = installation());
  secret = key(1);
  twins = [];
  states = [];
  onMethod = async () => ({ status: 200 });
  more = {};
  connection = undefined;
});
afterEach(() => connection?.stop());

async function token(audience: string, expiry: number): Promise<string> {
  const data = stringToSign(audience, expiry);
  const signature = createHmac("sha256", Buffer.from(secret, "base64")).update(data).digest("base64");
  return sasToken({ audience, expiry, signature });
}

function start(): ModuleConnection {
  const { fake, ports } = installation();
  connection = createModuleConnection({
    moduleId: "m1",
    productInfo: "EdgeAgent/1.0 (Kubernetes)",
    identify: async () => ({ hubHostname: "hub.test", deviceId: "d1", token }),
    open: openLink,
    target: { address: "127.0.0.1", port: ports.mqtt, trustedCas: [fake.caPem] },
    onTwin: (twin) => void twins.push(twin),
    onMethod: (...call) => onMethod(...call),
    onState: (state) => void states.push(state),
    clock,
    random: () => 0.5,
    ...more,
  });
  connection.start();
  return connection;
}

const accepted = () =>
  installation().fake.journal.entries.filter(({ what, outcome }) => what === "CONNECT" && outcome === "accepted");
const attempts = () => installation().fake.journal.entries.filter(({ what }) => what === "CONNECT");
const codes = () => states.map((state) => (state.type === "disconnected" ? state.error.code : state.type));
const until = (what: string, look: () => boolean) => waitFor(what, async () => look() || undefined);
const connected = (count = 1) =>
  until(`connection ${count}`, () => states.filter(({ type }) => type === "connected").length === count);
const disconnected = (count: number) =>
  until(`end ${count}`, () => states.filter(({ type }) => type === "disconnected").length === count);
const twin = () => installation().hub.registry.find("d1", "m1")?.twin;
const setDesired = (desired: JsonObject) => twin()?.patch({ desired });
/** A direct method, as the service calls it. */
const invoke = (methodName: string, payload: JsonObject) => {
  const { hub } = installation();
  const identity = hub.registry.find("d1", "m1");
  if (identity === undefined) throw new Error("there is no module");
  return hub.methods.invoke(identity, { methodName, payload });
};

describe("a module's connection", () => {
  it("subscribes to what IoT Hub has for it, and tells the twin", async () => {
    setDesired({ schemaVersion: "1.1" });
    twin()?.patch({ reported: { a: { b: 1 } } });
    start();
    await connected();
    expect(twins).toEqual([{ desired: { schemaVersion: "1.1", $version: 2 }, version: 2, reported: { a: { b: 1 } } }]);
  });

  it("reads the twin when it has changed, though a change was not told", async () => {
    const { hub } = installation();
    start();
    await connected();
    hub.faults.inject("desired", { lost: true });
    setDesired({ a: 1 });
    setDesired({ b: 2 });
    await until("both changes", () => twins.at(-1)?.version === 3);
    expect(twins.at(-1)?.desired).toEqual({ a: 1, b: 2, $version: 3 });
  });

  it("leaves a hub that lets it in and then says nothing, and is not held by it", async () => {
    let subscribed = 0;
    const silent = () => {
      subscribed += 1;
      return new Promise<never>(() => {});
    };
    more = { open: async (...how) => ({ ...(await openLink(...how)), subscribe: silent }) };
    start();
    await until("the subscription", () => subscribed === 1);
    clock.advance(60_000);
    await disconnected(1);
    expect(codes()).toEqual(["connecting", "EDGE_HUB_CONNECTION_LOST"]);
    clock.advance(60_000);
    await until("the next subscription", () => subscribed === 2);
    await connection?.stop();
    expect(twins).toEqual([]);
  });

  it("answers direct methods, and no more than a few at a time", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    onMethod = async (name, payload) => {
      await released;
      return { status: 207, payload: { name, payload: payload ?? null } };
    };
    start();
    await connected();
    const calls = Array.from({ length: 9 }, (_, index) => invoke("Do it", { index }));
    expect(await calls[8]).toMatchObject({ status: 429 });
    release();
    expect(await calls[0]).toEqual({ status: 207, payload: { name: "Do it", payload: { index: 0 } } });
    await Promise.all(calls);
  });

  it("sends merge patches, and tells what the hub says of them", async () => {
    const { hub } = installation();
    const own = start();
    await connected();
    expect(await own.report({ a: { b: 1, c: 2 } })).toBe(204);
    expect(await own.report({ a: { b: null } })).toBe(204);
    expect(twin()?.valueOf("reported")).toEqual({ a: { c: 2 } });
    hub.faults.inject("report", { status: 429 });
    expect(await own.report({ a: { b: 1 } })).toBe(429);
    expect(await own.report({ text: "x".repeat(5000) })).toBe(400);
    await own.stop();
    await expect(own.report({ a: 1 })).rejects.toMatchObject({ code: "EDGE_HUB_CONNECTION_LOST" });
  });
});

describe("a token", () => {
  // Signs of life go by the machine's clock: longer than 4 minutes the hub would not wait for one.
  beforeEach(() => {
    more = { tokenLife: 100 };
  });

  it("is renewed before it ends, and nobody is told that there was a gap", async () => {
    start();
    await connected();
    // With random 0.5 at four fifths of its life.
    await clock.advance(79_000);
    expect(accepted()).toHaveLength(1);
    await clock.advance(2000);
    await connected(2);
    await clock.advance(30_000);
    expect(codes()).toEqual(["connecting", "connected", "connected"]);
    expect(accepted()).toHaveLength(2);
  });

  it("that cannot be had is asked for again while the old one is good", async () => {
    let asked = 0;
    const identify = async (): Promise<HubIdentity> => {
      if (++asked > 1) throw new Error("iotedged is away");
      return { hubHostname: "hub.test", deviceId: "d1", token };
    };
    more = { ...more, identify };
    start();
    await connected();
    await clock.advance(99_000);
    expect(asked).toBeGreaterThan(3);
    expect(codes()).toEqual(["connecting", "connected"]);
    await clock.advance(1000);
    await disconnected(1);
    expect(codes().at(-1)).toBe("EDGE_HUB_CONNECTION_LOST");
  });

  it.each([5, 4] as const)(
    "that the hub refuses by CONNACK %i is told so, until the hub knows the key",
    async (connack) => {
      const { hub } = installation();
      Object.assign(hub.switches, { unauthorizedConnack: connack });
      secret = key(9);
      start();
      await disconnected(1);
      expect(codes()).toEqual(["connecting", "EDGE_HUB_CONNECTION_UNAUTHORIZED"]);
      secret = key(1);
      await clock.advance(4000);
      await connected();
    },
  );
});

describe("a hub", () => {
  it("that is not available at present is asked again", async () => {
    const { hub } = installation();
    hub.faults.inject("connect", { connack: 3 });
    start();
    await disconnected(1);
    expect(codes()).toEqual(["connecting", "EDGE_HUB_CONNECTION_REFUSED"]);
    await clock.advance(4000);
    await connected();
  });

  it("whose certificate nobody vouches for is not told the token", async () => {
    const { ports } = installation();
    more = { target: { address: "127.0.0.1", port: ports.mqtt } };
    start();
    await disconnected(1);
    expect(codes()).toEqual(["connecting", "EDGE_HUB_CONNECTION_FAILED"]);
    expect(attempts()).toHaveLength(0);
  });

  it("that is away for ten minutes is asked at most every two seconds, and less and less, and found within a minute", async () => {
    const { hub } = installation();
    start();
    await connected();
    hub.faults.away = true;
    for (let second = 0; second < 600; second += 5) {
      await clock.advance(5000);
    }
    const failures = codes().filter((code) => code.startsWith("EDGE_"));
    expect(failures.length).toBeGreaterThan(5);
    expect(failures.length).toBeLessThan(40);
    hub.faults.away = false;
    for (let second = 0; second < 60 && accepted().length < 2; second += 5) {
      await clock.advance(5000);
      await settle();
    }
    await connected(2);
  });

  it.each([
    ["throttles", { status: 429 }],
    ["does not answer", { silent: true }],
  ] as const)("that %s reads of the twin is asked three times, then by another connection", async (_, fault) => {
    const { hub } = installation();
    hub.faults.inject("twin-get", fault, 3);
    start();
    for (let asked = 1; asked <= 3; asked++) {
      const gets = () =>
        installation().fake.journal.entries.filter(({ what }) => what.startsWith("PUBLISH $iothub/twin/GET")).length;
      await until(`question ${asked}`, () => gets() >= asked);
      await clock.advance(35_000);
    }
    await disconnected(1);
    await clock.advance(60_000);
    await connected();
    expect(accepted()).toHaveLength(2);
  });
});

describe("a second client of the same module", () => {
  it("is left alone for ever longer once it has cut this one off three times, and that is said", async () => {
    start();
    await connected();
    for (let times = 1; times <= 3; times++) {
      const rival = await openModule(installation());
      await disconnected(times);
      rival.end();
      if (times < 3) {
        await clock.advance(4000);
        await connected(times + 1);
      }
    }
    expect(codes().filter((code) => code.startsWith("EDGE_"))).toEqual([
      "EDGE_HUB_CONNECTION_LOST",
      "EDGE_HUB_CONNECTION_LOST",
      "EDGE_HUB_CONNECTION_CONTESTED",
    ]);
    const before = attempts().length;
    await clock.advance(25_000);
    expect(attempts()).toHaveLength(before);
    await clock.advance(10_000);
    await connected(4);
    const rival = await openModule(installation());
    await disconnected(4);
    rival.end();
    await clock.advance(55_000);
    expect(states.at(-1)?.type).toBe("disconnected");
    await clock.advance(10_000);
    await connected(5);
  });
});
