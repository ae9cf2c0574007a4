import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { useInstallation } from "./test/installation.ts";
import { send } from "./test/raw-https.ts";
import { connectPacket, openModule, openMqtt, publish, subscribe } from "./test/raw-mqtt.ts";

const made = useInstallation();
const preview = "api-version=2017-11-08-preview";
const faults = () => made().hub.faults;
const list = () =>
  send(made(), { path: `/devices/d1/modules?${preview}`, headers: { authorization: made().token("devices/d1") } });
const connect = async () => {
  const client = await openMqtt(made());
  client.send(connectPacket("d1/m1", made().token("devices/d1/modules/m1")));
  return client;
};
const answers = "$iothub/twin/res/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";
async function listening(filter: string) {
  const client = await openModule(made());
  client.send(subscribe(filter));
  await client.next("suback");
  return client;
}

describe("a test can have", () => {
  it("requests fail, with and without Retry-After, or be cut", async () => {
    faults().inject("https", { status: 429, retryAfter: 9 });
    faults().inject("https", { match: /^PUT/, status: 500 });
    faults().inject("https", { cut: true });
    expect(await list()).toMatchObject({ status: 429, headers: { "retry-after": "9" } });
    await expect(list()).rejects.toThrow(/hang up|ECONNRESET/);
    expect(await list()).toMatchObject({ status: 200 });
  });

  it("clients refused or cut when they connect", async () => {
    faults().inject("connect", { connack: 3 });
    faults().inject("connect", { cut: true });
    expect(await (await connect()).next("connack")).toMatchObject({ returnCode: 3 });
    await (await connect()).closed();
    expect(await (await connect()).next("connack")).toMatchObject({ returnCode: 0 });
  });

  it("pings without an answer", async () => {
    faults().inject("ping", { silent: true });
    const client = await openModule(made());
    client.send({ cmd: "pingreq" }, { cmd: "pingreq" });
    await client.next("pingresp");
    expect(client.received).toEqual([]);
  });

  it("requests for a twin refused, delayed or lost", async () => {
    faults().inject("twin-get", { status: 429 });
    faults().inject("twin-get", { silent: true });
    faults().inject("twin-get", { delay: 5000 });
    const client = await listening(answers);
    for (const rid of [1, 2, 3, 4]) client.send(publish(`$iothub/twin/GET/?$rid=${rid}`, ""));
    const topics = [await client.next("publish"), await client.next("publish")].map(
      (packet) => (packet as IPublishPacket).topic,
    );
    await made().clock.advance(5000);
    topics.push(((await client.next("publish")) as IPublishPacket).topic);
    expect(topics).toEqual(["429/?$rid=1", "200/?$rid=4", "200/?$rid=3"].map((end) => `$iothub/twin/res/${end}`));
  });

  it("reports refused or without an answer", async () => {
    faults().inject("report", { status: 500 });
    faults().inject("report", { silent: true });
    const client = await listening(answers);
    for (const rid of [1, 2, 3]) client.send(publish(`$iothub/twin/PATCH/properties/reported/?$rid=${rid}`, "{}"));
    expect(await client.next("publish")).toMatchObject({ topic: "$iothub/twin/res/500/?$rid=1" });
    expect(await client.next("publish")).toMatchObject({ topic: "$iothub/twin/res/204/?$rid=3&$version=2" });
  });

  it("a gap in the versions of desired properties", async () => {
    faults().inject("desired", { lost: true });
    const client = await listening(desired);
    const { twin } = made().hub.registry.module("d1", "m1");
    for (const a of [1, 2]) twin.patch({ desired: { a } });
    expect(await client.next("publish")).toMatchObject({ topic: "$iothub/twin/PATCH/properties/desired/?$version=3" });
  });

  it.each([true, false])("a connection cut before PUBACK, with the message kept: %s", async (kept) => {
    faults().inject("telemetry", { cut: true, kept });
    const client = await openModule(made());
    client.send(publish("devices/d1/modules/m1/messages/events/", "1", { qos: 1, messageId: 1 }));
    await client.closed();
    expect(client.received).toEqual([]);
    expect(made().hub.messages).toHaveLength(kept ? 1 : 0);
  });

  it("an answer to a method that gets lost", async () => {
    faults().inject("method-answer", { lost: true });
    const client = await listening("$iothub/methods/POST/#");
    const { hub } = made();
    const call = hub.methods.invoke(hub.registry.module("d1", "m1"), { methodName: "a" }).catch(({ code }) => code);
    await client.next("publish");
    client.send(publish("$iothub/methods/res/200/?$rid=1", "{}"), { cmd: "pingreq" });
    await client.next("pingresp");
    await made().clock.advance(30_000);
    expect(await call).toBe(504_101);
  });

  it("a hub that is away, and comes back", async () => {
    faults().away = true;
    await expect(list()).rejects.toThrow(/hang up|ECONNRESET/);
    await (await connect()).closed();
    faults().away = false;
    expect(await list()).toMatchObject({ status: 200 });
    expect(await (await connect()).next("connack")).toMatchObject({ returnCode: 0 });
  });
});
