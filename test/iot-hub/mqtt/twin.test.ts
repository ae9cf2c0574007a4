import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { useInstallation } from "../test/installation.ts";
import { openModule, publish, type RawMqtt, subscribe } from "../test/raw-mqtt.ts";

const made = useInstallation();
const answers = "$iothub/twin/res/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";
const twinOf = () => made().hub.registry.module("d1", "m1").twin;

async function listening(...filters: string[]): Promise<RawMqtt> {
  const client = await openModule(made());
  for (const filter of filters) {
    client.send(subscribe(filter));
    await client.next("suback");
  }
  return client;
}

async function report(client: RawMqtt, patch: unknown): Promise<{ topic: string; body: unknown }> {
  client.send(publish("$iothub/twin/PATCH/properties/reported/?$rid=7", JSON.stringify(patch)));
  const { topic, payload } = (await client.next("publish")) as IPublishPacket;
  return { topic, body: payload.length === 0 ? undefined : JSON.parse(payload.toString()) };
}

const nested = (depth: number): object => (depth === 0 ? { leaf: 1 } : { level: nested(depth - 1) });

describe("a report", () => {
  it("is merged, and answered with the new version", async () => {
    const client = await listening(answers);
    expect(await report(client, { a: { b: 1, c: 2 } })).toEqual({
      topic: "$iothub/twin/res/204/?$rid=7&$version=2",
      body: undefined,
    });
    expect((await report(client, { a: { b: null } })).topic).toContain("&$version=3");
    expect(twinOf().valueOf("reported")).toEqual({ a: { c: 2 } });
  });

  it("may go to the limits", async () => {
    const client = await listening(answers);
    const full = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`key${at}`, "x".repeat(4096)]));
    for (const patch of [
      full,
      nested(10),
      { ["k".repeat(1024)]: 4_503_599_627_370_495 },
      { list: [1, "two", { three: 3 }] },
    ])
      expect((await report(client, patch)).topic).toContain("/204/");
  });

  it.each<[string, unknown]>([
    ["beyond 32 KB", Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`key${at}`, "x".repeat(4096)]))],
    ["with a text beyond 4 KB", { a: "x".repeat(4097) }],
    ["with a text beyond 4 KB in UTF-8", { a: "ä".repeat(2049) }],
    ["deeper than 10 levels", nested(11)],
    ["with a dot in a key", { "a.b": 1 }],
    ["with a dollar in a key", { $version: 1 }],
    ["with a blank in a key", { "a b": 1 }],
    ["with a control character in a key", { "a\n": 1 }],
    ["with a key beyond 1 KB", { ["k".repeat(1025)]: 1 }],
    ["with an integer beyond 52 bits", { a: 4_503_599_627_370_496 }],
    ["that is no object", [1]],
  ])("is refused %s, and changes nothing", async (_, patch) => {
    const client = await listening(answers);
    const { topic, body } = await report(client, patch);
    expect(topic).toBe("$iothub/twin/res/400/?$rid=7");
    expect(body).toMatchObject({ errorCode: 400_004, message: expect.any(String) });
    expect(twinOf().forClient()).toMatchObject({ reported: { $version: 1 } });
  });

  it("grows to its limit by patches, and not beyond", async () => {
    const client = await listening(answers);
    const outcomes = [];
    for (let at = 0; at < 9; at++)
      outcomes.push((await report(client, { [`key${at}`]: "x".repeat(4000) })).topic.split("/")[3]);
    expect(outcomes).toEqual([...Array(8).fill("204"), "400"]);
  });
});

describe("desired properties", () => {
  it("reach who has subscribed, as merge patches with a version that counts", async () => {
    const client = await listening(desired);
    twinOf().patch({ desired: { a: 1, b: { c: 1 } } });
    twinOf().patch({ desired: { b: null } });
    twinOf().replace({ desired: { d: 1 } });
    const told = [
      await client.next("publish"),
      await client.next("publish"),
      await client.next("publish"),
    ] as IPublishPacket[];
    expect(told.map(({ topic, payload }) => [topic, JSON.parse(payload.toString())])).toEqual([
      ["$iothub/twin/PATCH/properties/desired/?$version=2", { a: 1, b: { c: 1 }, $version: 2 }],
      ["$iothub/twin/PATCH/properties/desired/?$version=3", { b: null, $version: 3 }],
      ["$iothub/twin/PATCH/properties/desired/?$version=4", { a: null, d: 1, $version: 4 }],
    ]);
  });

  it("have metadata that says when each was changed", async () => {
    const before = twinOf().etag;
    twinOf().patch({ desired: { a: { b: 1 }, c: 1, gone: 1 } });
    expect(twinOf().etag).not.toBe(before);
    await made().clock.advance(60_000);
    twinOf().patch({ desired: { a: { b: 2 }, gone: null } });
    const first = { $lastUpdated: "2026-06-01T00:00:00.000Z", $lastUpdatedVersion: 2 };
    const second = { $lastUpdated: "2026-06-01T00:01:00.000Z", $lastUpdatedVersion: 3 };
    expect(twinOf().documentOf("desired").$metadata).toEqual({ ...second, c: first, a: { ...second, b: second } });
  });
});

describe("subscriptions", () => {
  it("outlive a connection without a clean session, and not one with it", async () => {
    const first = await openModule(made(), { clean: false });
    first.send(subscribe(desired));
    await first.next("suback");
    const second = await openModule(made(), { clean: false });
    twinOf().patch({ desired: { a: 1 } });
    await second.next("publish");
    const third = await openModule(made());
    twinOf().patch({ desired: { a: 2 } });
    third.send({ cmd: "pingreq" });
    await third.next("pingresp");
    expect(third.received).toEqual([]);
  });
});
