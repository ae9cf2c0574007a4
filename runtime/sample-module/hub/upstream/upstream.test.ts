import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useInstallation } from "../../../../test/iot-hub/test/installation.ts";
import { connectPacket, openMqtt } from "../../../../test/iot-hub/test/raw-mqtt.ts";
import { type MessageStore, openMessageStore } from "./message-store.ts";
import type { LocalModule } from "./module-upstream.ts";
import { filters } from "./topics.ts";
import { createUpstream, type Upstream } from "./upstream.ts";

const made = useInstallation();
const path = "devices/d1/modules/m1";
const userName = "hub.test/d1/m1/?api-version=2019-10-01&DeviceClientType=py-azure-iot-device%2F2.14";

let folder: string;
let store: MessageStore;
let upstream: Upstream;
let lines: Record<string, unknown>[];
let attempts: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "upstream-"));
  start();
});
afterEach(() => {
  upstream.close();
  rmSync(folder, { recursive: true });
});

function start(): void {
  lines = [];
  attempts = 0;
  const { clock, ports, fake } = made();
  store = openMessageStore({ folder, maxBytes: 1e6, maxAge: 7_200_000, clock }, () => {});
  upstream = createUpstream({
    ...{ device: { hubHostname: "hub.test", deviceId: "d1" }, store, clock, random: () => 1 },
    log: (line) => void lines.push(line as Record<string, unknown>),
    open: () => {
      attempts++;
      return connect({ port: ports.mqtt, host: "127.0.0.1", servername: "hub.test", ca: fake.caPem });
    },
  });
}

/** What shall come about; limits of time only end a test that hangs. */
const eventually = (check: () => void) => vi.waitFor(check, { interval: 5, timeout: 30_000 });

interface Local extends LocalModule {
  readonly received: { readonly topic: string; readonly text: string }[];
}

function joinModule(subscriptions: readonly string[] = [], seconds = 3600): Local {
  const received: Local["received"] = [];
  const local = {
    received,
    deliver: (topic: string, payload: Buffer) => void received.push({ topic, text: payload.toString() }),
  };
  const expiry = made().clock.now() + seconds * 1000;
  const claim = { clientId: "d1/m1", userName, password: made().token(path, { seconds }) };
  upstream.joined({ moduleId: "m1", expiry }, claim, local, subscriptions);
  return local;
}

const stateOf = () => upstream.status().modules.find(({ moduleId }) => moduleId === "m1")?.state;
const up = () => eventually(() => expect(stateOf()).toBe("up"));
const bodies = () => made().hub.messages.map(({ body }) => body.toString());
const send = (text: string) => upstream.accept("m1", "%24.on=readings&unit=%C2%B0C", Buffer.from(text));
const drained = () => eventually(() => expect(store.counts().waiting).toBe(0));
const answers = (local: Local) => local.received.filter(({ topic }) => topic.startsWith("$iothub/twin/res/"));
const subscribedTo = (filter: string) =>
  eventually(() => expect(made().hub.connections.get("d1/m1")?.isSubscribed(filter)).toBe(true));
const change = (desired: object) =>
  made()
    .hub.registry.module("d1", "m1")
    .twin.patch({ desired: desired as Record<string, never> });

describe("messages", () => {
  it("go to IoT Hub as the module, in their order, and leave the store", async () => {
    await Promise.all([...Array(50)].map((_, index) => send(`${index}`)));
    expect(attempts).toBe(0);
    joinModule();
    await drained();
    expect(bodies()).toEqual([...Array(50)].map((_, index) => `${index}`));
    expect(made().hub.messages[0]).toMatchObject({
      ...{ deviceId: "d1", moduleId: "m1", output: "readings", properties: { unit: "°C" } },
    });
  });

  it("wait while IoT Hub is away, and none is lost or out of order", async () => {
    joinModule();
    await up();
    made().hub.faults.away = true;
    await eventually(() => expect(stateOf()).toBe("waiting"));
    for (let index = 0; index < 40; index++) await send(`${index}`);
    await made().clock.advance(600_000);
    expect(store.counts()).toMatchObject({ waiting: 40 });
    made().hub.faults.away = false;
    await eventually(async () => {
      await made().clock.advance(1000);
      expect(stateOf()).toBe("up");
    });
    await drained();
    expect(bodies()).toEqual([...Array(40)].map((_, index) => `${index}`));
  });

  it("are sent again when the connection ends before PUBACK", async () => {
    joinModule();
    await up();
    made().hub.faults.inject("telemetry", { cut: true, kept: true });
    await send("1");
    await send("2");
    await eventually(() => expect(stateOf()).toBe("waiting"));
    expect(store.counts().waiting).toBe(2);
    await made().clock.advance(1000);
    await drained();
    expect(bodies()).toEqual(["1", "1", "2"]);
  });

  it("outlive the process, and go on when the module has come back", async () => {
    await send("before");
    upstream.close();
    start();
    await send("after");
    expect(upstream.status()).toMatchObject({ modules: [{ moduleId: "m1", state: "idle", waiting: 2 }] });
    joinModule();
    await drained();
    expect(bodies()).toEqual(["before", "after"]);
  });

  it("go out after the module has left, and then the connection ends", async () => {
    const local = joinModule([filters.methods]);
    await up();
    await subscribedTo(filters.methods);
    made().hub.faults.inject("telemetry", { cut: true, kept: false });
    await send("1");
    await eventually(() => expect(stateOf()).toBe("waiting"));
    upstream.left("m1", local);
    await made().clock.advance(1000);
    await drained();
    await eventually(() => expect(stateOf()).toBe("idle"));
    expect(bodies()).toEqual(["1"]);
    await eventually(() => expect(made().hub.connections.get("d1/m1")).toBeUndefined());
  });

  it("wait when the token has ended and the module is away, and go with the next token", async () => {
    const local = joinModule([], 60);
    await up();
    made().hub.faults.away = true;
    await eventually(() => expect(stateOf()).toBe("waiting"));
    await send("1");
    upstream.left("m1", local);
    await made().clock.advance(61_000);
    made().hub.faults.away = false;
    const before = attempts;
    await made().clock.advance(600_000);
    expect({ attempts, state: stateOf(), waiting: store.counts().waiting }).toEqual({
      ...{ attempts: before, state: "idle", waiting: 1 },
    });
    joinModule([], 60);
    await drained();
    expect(bodies()).toEqual(["1"]);
  });

  it.each([
    ["too large", "a=b", Buffer.alloc(256 * 1024)],
    ["with a broken escape", "a=%zz", Buffer.from("1")],
    ["with a topic longer than MQTT has", "\ufffd".repeat(30_000), Buffer.from("1")],
    ["with a zero in its topic", "a=\0", Buffer.from("1")],
  ])("that IoT Hub would cut the connection for are refused: %s", async (_, bag, payload) => {
    await expect(upstream.accept("m1", bag, payload)).rejects.toThrow(/256 KB|64 KB|malformed/);
    expect(store.counts().waiting).toBe(0);
  });
});

describe("the connection", () => {
  it("is made with the module's own token, its SDK's name, and no word about others", async () => {
    joinModule();
    await up();
    const { entries } = made().fake.journal;
    expect(entries.filter(({ what }) => what === "CONNECT")).toMatchObject([{ who: "d1/m1", outcome: "accepted" }]);
    expect(JSON.stringify(lines)).not.toContain("SharedAccessSignature");
  });

  it("is made anew with each token, before the old one ends", async () => {
    joinModule([], 60);
    await up();
    await made().clock.advance(50_000);
    joinModule([], 60);
    await eventually(() => expect(attempts).toBe(2));
    await up();
    await made().clock.advance(30_000);
    expect(stateOf()).toBe("up");
    const ends = made().fake.journal.entries.filter(({ what }) => what === "connection");
    expect(ends.map(({ outcome }) => outcome)).not.toContain("the token has ended");
  });

  it("is tried four times a minute at most when IoT Hub stays away", async () => {
    made().hub.faults.away = true;
    joinModule();
    const minute = async () => {
      const before = attempts;
      for (let second = 0; second < 60; second++) {
        await made().clock.advance(1000);
        await eventually(() => expect(stateOf()).toBe("waiting"));
      }
      return attempts - before;
    };
    await minute();
    expect([await minute(), await minute()].every((count) => count <= 4)).toBe(true);
    expect(await minute()).toBeGreaterThan(0);
  });

  it("is tried once a minute when the token is refused, and at once with another token", async () => {
    made().hub.faults.inject("connect", { connack: 5 }, 20);
    joinModule();
    for (let second = 0; second < 180; second++) {
      await eventually(() => expect(stateOf()).toBe("waiting"));
      await made().clock.advance(1000);
    }
    // After 1, 2, 4, 8, 16, 32 and 60 seconds.
    expect(attempts).toBe(8);
    await eventually(() => expect(stateOf()).toBe("waiting"));
    made().hub.faults.clear();
    joinModule();
    await up();
  });

  it("waits longer each time that somebody else connects as the module, and says so", async () => {
    const kick = async () => {
      await up();
      const other = await openMqtt(made());
      other.send(connectPacket("d1/m1", made().token(path)));
      await other.next("connack");
      await eventually(() => expect(stateOf()).toBe("waiting"));
      other.end();
    };
    joinModule();
    for (const wait of [1000, 2000, 4000]) {
      await kick();
      expect(lines.at(-1)).toMatchObject({ state: "waiting", retryInMilliseconds: wait });
      await made().clock.advance(wait);
    }
    expect(lines.filter(({ hint }) => hint !== undefined)).toHaveLength(1);
    await up();
    await made().clock.advance(60_000);
    await kick();
    expect(lines.at(-1)).toMatchObject({ retryInMilliseconds: 1000 });
  });

  it("is lost when IoT Hub answers no ping", async () => {
    joinModule();
    await up();
    made().hub.faults.inject("ping", { silent: true });
    await made().clock.advance(59_000);
    expect(stateOf()).toBe("up");
    await made().clock.advance(1000);
    await eventually(() => expect(made().fake.journal.entries.at(-1)).toMatchObject({ what: "PINGREQ" }));
    await made().clock.advance(15_000);
    expect(lines.at(-1)).toMatchObject({ why: "IoT Hub does not answer pings" });
  });
});

describe("twins", () => {
  it("are asked for before the connection is there, and answered under the module's own numbers", async () => {
    const local = joinModule();
    expect(upstream.request("m1", "$iothub/twin/GET/?$rid=a-1", Buffer.from(" "))).toBe(true);
    expect(upstream.request("m1", "$iothub/twin/PATCH/properties/reported/?$rid=a-2", Buffer.from('{"a":1}'))).toBe(
      true,
    );
    await eventually(() => expect(answers(local)).toHaveLength(2));
    expect(local.received).toEqual([
      { topic: "$iothub/twin/res/200/?$rid=a-1", text: '{"desired":{"$version":1},"reported":{"$version":1}}' },
      { topic: "$iothub/twin/res/204/?$rid=a-2&$version=2", text: "" },
    ]);
  });

  it("are away while IoT Hub is: at once, when it is cut off, and after ten seconds of trying", async () => {
    const local = joinModule();
    await up();
    made().hub.faults.inject("twin-get", { silent: true });
    upstream.request("m1", "$iothub/twin/GET/?$rid=1", Buffer.alloc(0));
    await eventually(() => expect(made().fake.journal.entries.at(-1)?.what).toContain("twin/GET"));
    made().hub.faults.away = true;
    await eventually(() => expect(answers(local)).toHaveLength(1));
    upstream.request("m1", "$iothub/twin/GET/?$rid=2", Buffer.alloc(0));
    expect(answers(local).map(({ topic }) => topic)).toEqual([1, 2].map((id) => `$iothub/twin/res/503/?$rid=${id}`));
    expect(JSON.parse(local.received[0]?.text ?? "")).toEqual({ errorCode: 503_001, message: "IoT Hub is away" });
  });

  it("tell of changes, of those that were missed in an outage too, with what is gone", async () => {
    change({ rate: 1, old: true });
    const local = joinModule();
    upstream.request("m1", "$iothub/twin/GET/?$rid=1", Buffer.alloc(0));
    await eventually(() => expect(answers(local)).toHaveLength(1));
    upstream.subscribed("m1", filters.desired);
    await subscribedTo(filters.desired);
    change({ rate: 2 });
    const told = () =>
      local.received.filter(({ topic }) => topic.includes("PATCH")).map(({ text }) => JSON.parse(text));
    await eventually(() => expect(told()).toEqual([{ rate: 2, $version: 3 }]));
    made().hub.faults.away = true;
    await eventually(() => expect(stateOf()).toBe("waiting"));
    change({ old: null, next: { a: 1 } });
    change({ next: { b: 2 } });
    made().hub.faults.away = false;
    await made().clock.advance(1000);
    await eventually(() => expect(told()).toHaveLength(2));
    expect(told()[1]).toEqual({ old: null, next: { a: 1, b: 2 }, $version: 5 });
  });

  it("are told as a whole to a module of which the hub knows nothing, as after its restart", async () => {
    change({ rate: 1 });
    const local = joinModule([filters.desired]);
    await eventually(() => expect(local.received).toHaveLength(1));
    expect(local.received).toEqual([
      { topic: "$iothub/twin/PATCH/properties/desired/?$version=2", text: '{"rate":1,"$version":2}' },
    ]);
  });

  it("are asked for anew when a change got lost, also after a refusal", async () => {
    const local = joinModule([filters.twinAnswers, filters.desired]);
    await subscribedTo(filters.desired);
    upstream.request("m1", "$iothub/twin/GET/?$rid=1", Buffer.alloc(0));
    await eventually(() => expect(answers(local)).toHaveLength(1));
    made().hub.faults.inject("desired", { lost: true });
    made().hub.faults.inject("twin-get", { status: 429 });
    change({ a: 1 });
    change({ b: 1 });
    await eventually(() =>
      expect(
        made().fake.journal.entries.filter(({ what }) => what.startsWith("PUBLISH $iothub/twin/GET")),
      ).toHaveLength(3),
    );
    await eventually(async () => {
      await made().clock.advance(5_000);
      expect(local.received.at(-1)?.topic).toContain("desired/?$version=3");
    });
    expect(JSON.parse(local.received.at(-1)?.text ?? "")).toEqual({ a: 1, b: 1, $version: 3 });
  });
});

describe("direct methods", () => {
  const call = { methodName: "reboot", payload: { force: true } };
  const invoke = () => made().hub.methods.invoke(made().hub.registry.module("d1", "m1"), call);

  it("reach the module, and its answer the caller", async () => {
    const local = joinModule([filters.methods]);
    await subscribedTo(filters.methods);
    const outcome = invoke();
    await eventually(() => expect(local.received).toHaveLength(1));
    const [got] = local.received;
    expect(got).toEqual({
      topic: expect.stringMatching(/^\$iothub\/methods\/POST\/reboot\/\?\$rid=/),
      text: '{"force":true}',
    });
    const rid = got?.topic.split("$rid=")[1];
    upstream.request("m1", `$iothub/methods/res/201/?$rid=${rid}`, Buffer.from('{"in":"a minute"}'));
    expect(await outcome).toEqual({ status: 201, payload: { in: "a minute" } });
  });

  it("are not for a module that has left, and answers to calls of before go nowhere", async () => {
    const local = joinModule([filters.methods]);
    await subscribedTo(filters.methods);
    expect(upstream.request("m1", "$iothub/methods/res/200/?$rid=77", Buffer.from("{}"))).toBe(true);
    upstream.left("m1", local);
    await eventually(() => expect(made().hub.connections.get("d1/m1")).toBeUndefined());
    await expect(invoke()).rejects.toMatchObject({ code: 404_103 });
  });

  it("go on for a module that has left a thousand of them without an answer", async () => {
    const local = joinModule([filters.methods]);
    await subscribedTo(filters.methods);
    const given = [...Array(1000)].map(() => invoke().catch(() => {}));
    await eventually(() => expect(local.received).toHaveLength(1000));
    await made().clock.advance(300_000);
    await Promise.all(given);
    const outcome = invoke();
    await eventually(() => expect(local.received).toHaveLength(1001));
    const rid = local.received.at(-1)?.topic.split("$rid=")[1];
    upstream.request("m1", `$iothub/methods/res/200/?$rid=${rid}`, Buffer.from("{}"));
    expect(await outcome).toMatchObject({ status: 200 });
  });

  it("end with a subscription", async () => {
    joinModule([filters.methods]);
    await subscribedTo(filters.methods);
    upstream.unsubscribed("m1", filters.methods);
    await eventually(() => expect(made().hub.connections.get("d1/m1")?.isSubscribed(filters.methods)).toBe(false));
    upstream.subscribed("m1", filters.methods);
    await subscribedTo(filters.methods);
  });
});

it("topics that mean nothing to IoT Hub are not taken", () => {
  joinModule();
  expect(upstream.request("m1", "$iothub/twin/PUT/?$rid=1", Buffer.alloc(0))).toBe(false);
});
