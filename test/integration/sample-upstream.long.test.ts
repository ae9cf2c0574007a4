import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { lacksPython } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { deviceId, openSite, type SampleHub, type Site } from "./sample-upstream/site.ts";

const lacking = lacksJudgeNetwork() ?? lacksPython();
if (lacking !== undefined) progress(`The sample's hub is not tried in outages: ${lacking}`);

const minutes = 60_000;
const methods = "$iothub/methods/POST/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";
const routes = {
  upstream: "FROM /messages/* INTO $upstream",
  local: 'FROM /messages/modules/one/outputs/readings INTO BrokeredEndpoint("/modules/two/inputs/readings")',
};

describe.skipIf(lacking !== undefined)("the sample's hub, when things go wrong", () => {
  let site: Site;
  let hub: SampleHub;
  beforeEach(async () => {
    site = await openSite(["one", "two", "three"], routes);
    hub = await site.startHub();
  });
  afterEach(async () => {
    try {
      site.room.fake.journal.expectNoViolations();
    } finally {
      await site.close();
    }
  });

  const fake = () => site.room.fake;
  const bodiesOf = (moduleId: string) =>
    fake()
      .hub.messages.filter((each) => each.moduleId === moduleId)
      .map(({ body }) => body.toString());
  const connected = (moduleId: string) =>
    waitFor(`${moduleId}'s connection`, () => fake().hub.connections.get(`${deviceId}/${moduleId}`));
  const attemptsOf = (moduleId: string) =>
    fake().journal.entries.filter(({ who, what }) => who === `${deviceId}/${moduleId}` && what === "CONNECT").length;

  async function npm(moduleId: string, tokenRenewal?: object): Promise<Judge> {
    const client = site.room.npm("device-client.mjs", await site.place(moduleId));
    // Options take the place of all that the SDK has found out before, the trust bundle too.
    const options = tokenRenewal && { tokenRenewal, ca: site.workload.caPem };
    await client.call("open", null, { options });
    return client;
  }

  async function pypi(moduleId: string, options: object = {}): Promise<Judge> {
    const client = await site.room.pypi("device_client.py", await site.place(moduleId));
    await client.call("open", null, options);
    return client;
  }

  /** Sends until `stop`; each message was acknowledged by the hub. */
  function load(client: Judge, stop: AbortSignal, padding = "") {
    const sent: string[] = [];
    const done = (async () => {
      while (!stop.aborted) {
        const text = `${sent.length}${padding}`;
        await client.call("send", text, {}, "readings");
        sent.push(text);
      }
    })();
    return { sent, done };
  }

  it(
    "no message is lost or out of order: IoT Hub cut off, away, and cut before PUBACK, the hub killed, under load",
    async () => {
      const clients = [await npm("one"), await pypi("two")];
      const stop = new AbortController();
      const loads = clients.map((client) => load(client, stop.signal));
      const [first] = loads;
      const more = (count: number) => {
        const until = (first?.sent.length ?? 0) + count;
        return waitFor("more messages", () => (first?.sent.length ?? 0) >= until || undefined);
      };
      for (let round = 0; round < 3; round++) {
        await more(100);
        fake().hub.faults.inject("telemetry", { cut: true, kept: round % 2 === 0 }, 2);
        await more(100);
        fake().hub.faults.away = true;
        await more(200);
        await hub.kill();
        hub = await site.startHub();
        await more(100);
        fake().hub.faults.away = false;
        await more(100);
        await hub.kill();
        hub = await site.startHub();
      }
      stop.abort();
      await Promise.all(loads.map(({ done }) => done));
      for (const [index, moduleId] of ["one", "two"].entries()) {
        const sent = loads[index]?.sent ?? [];
        expect(sent.length).toBeGreaterThan(100);
        const last = sent.at(-1) ?? "";
        await waitFor(`the last message of ${moduleId}`, () => bodiesOf(moduleId).includes(last) || undefined);
        // The SDKs send again what the hub had no time to acknowledge, and the hub what IoT Hub had none for.
        expect([...new Set(bodiesOf(moduleId))]).toEqual(sent);
      }
      const log = hub.lines.filter(({ event }) => event === "dropped" || event === "storage-damaged");
      expect(log).toEqual([]);
    },
    5 * minutes,
  );

  it(
    "a disk that is full: what does not fit is not acknowledged, and all goes out once IoT Hub is back",
    async () => {
      await hub.stop();
      await site.limitStorage(12);
      hub = await site.startHub();
      const one = await npm("one");
      await connected("one");
      fake().hub.faults.away = true;
      await hub.printed({ event: "upstream", moduleId: "one", state: "waiting" });
      const stop = new AbortController();
      const { sent, done } = load(one, stop.signal, `:${"x".repeat(200_000)}`);
      await waitFor("the disk to be full", () => hub.lines.find(({ error }) => /full/.test(String(error))));
      const stored = sent.length;
      expect(stored).toBeGreaterThan(20);
      fake().hub.faults.away = false;
      await waitFor("the module to go on", () => sent.length > stored + 20 || undefined);
      stop.abort();
      await done;
      await waitFor("the last message", () => bodiesOf("one").includes(sent.at(-1) ?? "") || undefined);
      const numbers = (texts: readonly string[]) => texts.map((text) => Number(text.split(":")[0]));
      expect([...new Set(numbers(bodiesOf("one")))]).toEqual(numbers(sent));
    },
    5 * minutes,
  );

  it(
    "tokens of a minute and less: nothing is lost, and twins, methods and inputs work on",
    async () => {
      // Each SDK takes another token every ten seconds or less.
      const one = await npm("one", { tokenValidTimeInSeconds: 60, tokenRenewalMarginInSeconds: 50 });
      const two = await npm("two", { tokenValidTimeInSeconds: 60, tokenRenewalMarginInSeconds: 52 });
      const three = await pypi("three", { sastoken_ttl: 125 });
      await two.call("on-input");
      await two.call("on-method", "ping", 200, null);
      for (const client of [one, two, three]) await client.call("get-twin");
      await two.call("on-desired");
      await site.room.subscribed(`${deviceId}/two`, desired);
      await site.room.subscribed(`${deviceId}/two`, methods);
      const stop = new AbortController();
      const loads = [load(one, stop.signal), load(three, stop.signal)];
      await waitFor("nine connections of each", () => (attemptsOf("one") >= 9 && attemptsOf("two") >= 9) || undefined);
      await waitFor("more connections", () => attemptsOf("three") >= 9 || undefined);
      stop.abort();
      await Promise.all(loads.map(({ done }) => done));
      const before = (await two.event("input")).body;
      expect(before).toBeDefined();
      await one.call("send", "last", {}, "readings");
      await two.event("input", { body: "last" });
      await site.room.subscribed(`${deviceId}/two`, methods);
      const service = site.room.npm("service-client.mjs");
      await service.call("connect", fake().hub.connectionString());
      const call = { methodName: "ping", payload: null, connectTimeoutInSeconds: 30 };
      expect(await service.call("invoke-method", deviceId, "two", call)).toEqual({ status: 200, payload: null });
      const change = { properties: { desired: { rate: 9 } } };
      await service.call("registry", "updateModuleTwin", deviceId, "two", change, "*");
      await two.event("desired", { patch: { rate: 9, $version: 2 } });
      const expected = [[...(loads[0]?.sent ?? []), "last"], loads[1]?.sent ?? []];
      for (const [index, moduleId] of ["one", "three"].entries()) {
        await waitFor(
          `all of ${moduleId}`,
          () => bodiesOf(moduleId).includes(expected[index]?.at(-1) ?? "") || undefined,
        );
        expect([...new Set(bodiesOf(moduleId))]).toEqual(expected[index]);
      }
      const ends = fake().journal.entries.filter(({ what }) => what === "connection");
      expect(ends.map(({ outcome }) => outcome)).not.toContain("the token has ended");
    },
    5 * minutes,
  );

  it(
    "a second client of the same module: it waits longer and longer, says so, and is back within a minute",
    async () => {
      const one = await npm("one");
      await connected("one");
      const rival = site.room.npm("device-client.mjs");
      await rival.call("open", connectionStringOf(fake().hub, deviceId, "one"));
      const states = (state: string) => hub.lines.filter((line) => line.state === state).length;
      for (let round = 1; round <= 3; round++) {
        // Directly at IoT Hub; the SDK connects for it when it was cut off.
        await rival.attempt("send", `rival ${round}`);
        await waitFor("the hub to be cut off", () => states("waiting") >= round || undefined);
        if (round < 3) await waitFor("the hub to be back", () => states("up") > round || undefined);
      }
      expect(hub.lines.filter(({ hint }) => hint !== undefined)).toHaveLength(1);
      const before = fake().journal.entries.length;
      await one.call("send", "among rivals");
      await rival.call("close");
      const closed = Date.now();
      await waitFor("the message", () => bodiesOf("one").includes("among rivals") || undefined, 60);
      await waitFor("the hub's connection", () => fake().hub.connections.get(`${deviceId}/one`), 60);
      progress(`back ${Math.round((Date.now() - closed) / 1000)} s after the second client has gone`);
      expect(fake().journal.entries.length - before).toBeLessThan(500);
      expect(hub.lines.filter(({ event }) => event === "disconnected")).toEqual([]);
    },
    5 * minutes,
  );

  it(
    "IoT Hub away: four attempts a minute at most, the module's twin is away meanwhile, and it is back within a minute",
    async () => {
      const three = await pypi("three");
      await connected("three");
      fake().hub.faults.away = true;
      await hub.printed({ event: "upstream", moduleId: "three", state: "waiting" });
      const refused = await three.attempt("get-twin");
      expect(refused.error?.message).toContain("503");
      await three.call("send", "1");
      const waits = () => hub.lines.filter(({ state }) => state === "waiting").map((line) => line.retryInMilliseconds);
      await waitFor("eight attempts", () => waits().length >= 8 || undefined, 240);
      // 1, 2, 4, 8 and 16 seconds at most, and then 15 to 30: four a minute.
      expect(Math.min(...waits().slice(5).map(Number))).toBeGreaterThanOrEqual(15_000);
      fake().hub.faults.away = false;
      await waitFor("the message", () => bodiesOf("three").includes("1") || undefined, 60);
      expect(await three.call("get-twin")).toMatchObject({ desired: { $version: 1 } });
      expect(hub.lines.filter(({ event }) => event === "disconnected")).toEqual([]);
    },
    5 * minutes,
  );
});
