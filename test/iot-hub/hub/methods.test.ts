import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { useInstallation } from "../test/installation.ts";
import { connectPacket, openModule, openMqtt, publish, subscribe } from "../test/raw-mqtt.ts";
import { HubError } from "./errors.ts";

const made = useInstallation();
const invoke = (body: object) => {
  const { hub } = made();
  return hub.methods.invoke(hub.registry.module("d1", "m1"), { methodName: "ping", ...body });
};
const outcome = (call: Promise<unknown>) =>
  call.then(
    (answer) => answer,
    (error) => (error instanceof HubError ? error.code : error),
  );

async function subscribed() {
  const client = await openModule(made(), { keepalive: 1000 });
  client.send(subscribe("$iothub/methods/POST/#"));
  await client.next("suback");
  return client;
}

describe("a direct method", () => {
  it("is refused at once when nobody is there, or nobody has subscribed", async () => {
    expect(await outcome(invoke({}))).toBe(404_103);
    await openModule(made());
    expect(await outcome(invoke({}))).toBe(404_103);
  });

  it("waits for a client for as long as it may", async () => {
    const late = outcome(invoke({ connectTimeoutInSeconds: 10 }));
    await made().clock.advance(10_000);
    expect(await late).toBe(404_103);
    const call = invoke({ connectTimeoutInSeconds: 10, payload: { a: 1 } });
    const client = await subscribed();
    const { topic, payload } = (await client.next("publish")) as IPublishPacket;
    expect([topic, payload.toString()]).toEqual(["$iothub/methods/POST/ping/?$rid=1", '{"a":1}']);
    client.send(publish("$iothub/methods/res/201/?$rid=1", ""));
    expect(await call).toEqual({ status: 201, payload: null });
  });

  it("is given up when its answer is late, which then is an answer to nothing", async () => {
    const client = await subscribed();
    const call = outcome(invoke({ responseTimeoutInSeconds: 5 }));
    expect(await client.next("publish")).toMatchObject({ payload: Buffer.alloc(0) });
    await made().clock.advance(5000);
    expect(await call).toBe(504_101);
    client.send(publish("$iothub/methods/res/200/?$rid=1", "{}"));
    await client.closed();
    expect(made().fake.journal.takeViolations()).toMatchObject([{ why: "no such call, or it is too late" }]);
  });

  it("is answered by the one that was called alone", async () => {
    const client = await subscribed();
    const call = invoke({});
    await client.next("publish");
    const other = await openMqtt(made());
    other.send(connectPacket("d1", made().token("devices/d1")), publish("$iothub/methods/res/200/?$rid=1", '"other"'));
    await other.closed();
    client.send(publish("$iothub/methods/res/200/?$rid=1", '"own"'));
    expect(await call).toEqual({ status: 200, payload: "own" });
    expect(made().fake.journal.takeViolations()).toMatchObject([{ who: "d1" }]);
  });

  it.each([
    ["that is no JSON", "{", "the answer is no JSON"],
    ["of over 128 KB", JSON.stringify("x".repeat(131_100)), "the answer has over 128 KB"],
  ])("with an answer %s ends the connection", async (_, answer, why) => {
    const client = await subscribed();
    const call = outcome(invoke({}));
    await client.next("publish");
    client.send(publish("$iothub/methods/res/200/?$rid=1", answer));
    await client.closed();
    expect(made().fake.journal.takeViolations()).toMatchObject([{ why }]);
    await made().clock.advance(30_000);
    expect(await call).toBe(504_101);
  });
});
