import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { deployments, events, serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { mostWithin } from "../support/hub-fleet.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { type ConnectedSite, deviceId, openConnectedSite } from "./hub-outages/site.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`iotedged and EdgeAgent are not tried in outages of IoT Hub: ${lacking}`);

const second = 1000;
const minute = 60 * second;
const outageMinutes = 10;
/** Seconds. */
const tokenLife = 60;
const modules = ["one", "two", "three", "four", "five"];
const agent = `${deviceId}/$edgeAgent`;
const image = "registry.example.com/sample:1.0";
const desiredOf = (ids: readonly string[], tag = "1.0") => ({
  schemaVersion: "1.1",
  runtime: { type: "docker", settings: {} },
  modules: Object.fromEntries(ids.map((id) => [id, { type: "docker", settings: { image: `${image}-${tag}` } }])),
});

/** In the order of the story. All the time tokens of EdgeAgent live for a minute, and its modules crash and are changed. */
describe.skipIf(lacking !== undefined)("a connected installation under load, when its hub is away", () => {
  let room: Courtroom;
  let site: ConnectedSite;
  let load: { stop(): Promise<void> };

  beforeAll(async () => {
    room = await openCourtroom({ switches: { registryOperationsPerMinute: 1000 } });
    site = await openConnectedSite(inject("kubeconfig"), room.fake, { tokenLife });
    twin().replace({ desired: desiredOf(modules) });
    await hasIdentities(modules);
    load = startLoad();
  });
  afterAll(async () => {
    await load?.stop();
    await site?.close();
    await room?.close();
  });
  afterEach(() => room.fake.journal.expectNoViolations());

  const faults = () => room.fake.hub.faults;
  const twin = () => room.fake.hub.registry.module(deviceId, "$edgeAgent").twin;
  // biome-ignore lint/suspicious/noExplicitAny: reported properties are an open document
  const reported = () => twin().valueOf("reported") as any;
  const isConnected = () => room.fake.hub.connections.get(agent) !== undefined;
  const reports = (what = "the report") =>
    waitFor(what, () => reported().lastDesiredVersion === twin().versionOf("desired") || undefined);
  const hasIdentities = (ids: readonly string[]) =>
    waitFor("the identities", async () => {
      const { state, identities } = await site.record();
      const ready = new Set(identities.filter((one) => one.state === "ready").map(({ moduleId }) => moduleId));
      return (state === "connected" && ids.every((id) => ready.has(id))) || undefined;
    });
  const calls = (since: number) =>
    room.fake.journal.entries.filter(({ channel, time }) => channel === "https" && time >= since);
  const since = (port: "https" | "mqtt", time: number) => site.attempts[port].filter((one) => one >= time);

  /** Each second a module crashes, so that its Deployment has another status, and every ten seconds one is made anew. */
  function startLoad() {
    let [stopped, ticks, unready] = [false, 0, 0];
    const done = (async () => {
      for (; !stopped; ticks++) {
        const name = modules[ticks % modules.length] ?? "";
        await site.setUnavailable(name, ticks % 2).catch(() => {});
        if (ticks % 10 === 9) await site.admin.remove(serviceAccounts, name);
        if (!(await site.iotedged.ready()).ok || !site.agent.health.ready) unready++;
        await sleep(second);
      }
    })();
    return {
      stop: async () => {
        stopped = true;
        await done;
        expect({ ticks: ticks > 100, unready }).toEqual({ ticks: true, unready: 0 });
      },
    };
  }

  /** Waits until both are with the hub again. @returns seconds since `begun`, of each */
  async function areBack(begun: number) {
    const back = async (is: () => unknown) => {
      await waitFor("the hub", () => is() || undefined);
      return (Date.now() - begun) / second;
    };
    const called = () => calls(begun).some(({ outcome }) => outcome === "200");
    const [iotedged, edgeAgent] = await Promise.all([back(called), back(isConnected)]);
    return { iotedged, edgeAgent };
  }

  it(
    "is cut off for ten minutes: seldom asks, stays ready, and is back within a minute with all that has changed",
    async () => {
      await reports();
      const cut = Date.now();
      faults().away = true;
      await sleep(2 * minute);
      twin().replace({ desired: desiredOf(modules, "1.1") });
      await sleep((outageMinutes - 2) * minute);
      const back = Date.now();
      faults().away = false;
      const { iotedged, edgeAgent } = await areBack(back);
      const later = cut + minute;
      const times = calls(later).flatMap(({ time }) => (time < back ? [time] : []));
      const attempts = since("mqtt", later).filter((time) => time < back);
      progress(
        `cut off for ${outageMinutes} min: iotedged ${times.length} calls, at most ${mostWithin(times, minute)} a minute; EdgeAgent ` +
          `${attempts.length} connections, at most ${mostWithin(attempts, minute)} a minute; back after ${Math.round(iotedged)} s and ` +
          `${Math.round(edgeAgent)} s`,
      );
      expect(mostWithin(times, minute)).toBeLessThanOrEqual(8);
      expect(mostWithin(attempts, minute)).toBeLessThanOrEqual(8);
      await reports();
      await hasIdentities(modules);
      await waitFor("the new image", async () =>
        JSON.stringify(await site.admin.get(deployments, "one")).includes(`${image}-1.1`) ? true : undefined,
      );
    },
    (outageMinutes + 5) * minute,
  );

  it("is cut off in the midst of a write and of a report, which are made again", { timeout: 5 * minute }, async () => {
    for (let round = 0; round < 2; round++) {
      faults().inject("https", { match: /^PUT /, cut: true });
      faults().inject("report", { silent: true });
      const injected = Date.now();
      twin().replace({ desired: desiredOf(modules, `2.${round}`) });
      await waitFor("the write", () => calls(injected).some(({ outcome }) => outcome === "cut by a test") || undefined);
      const begun = Date.now();
      room.fake.hub.disconnectAll("the hub is killed");
      await areBack(begun);
      await reports();
    }
    await hasIdentities(modules);
  });

  it("waits as long as a hub that has too much to do says, and no longer than half as long more", async () => {
    const wait = 12;
    const begun = Date.now();
    faults().inject("https", { match: /^PUT /, status: 429, retryAfter: wait }, 2);
    faults().inject("report", { status: 429 }, 3);
    const throttled = () => calls(begun).filter(({ outcome }) => outcome === "429");
    await waitFor("two answers of 429", () => throttled().length === 2 || undefined);
    const [first] = throttled();
    const between = calls((first?.time ?? 0) + 1)[0];
    expect((between?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThanOrEqual(wait * second);
    await hasIdentities(modules);
    await reports();
  });

  it("has another client that connects as $edgeAgent: waits longer, says so, and is back once that has gone", {
    timeout: 8 * minute,
  }, async () => {
    await waitFor("the connection", () => isConnected() || undefined);
    const rival = room.npm("device-client.mjs");
    const begun = Date.now();
    await rival.call("open", connectionStringOf(room.fake.hub, deviceId, "$edgeAgent"));
    const isTold = async () => (await site.admin.list(events)).some(({ reason }) => reason === "HubContested");
    while (!(await isTold())) {
      // Its SDK connects anew for what is to be sent.
      await rival.attempt("send", "rival");
      await sleep(second);
    }
    await rival.call("close");
    const gone = Date.now();
    await waitFor("the connection", () => isConnected() || undefined);
    const attempts = since("mqtt", begun).length;
    progress(
      `kicked: ${attempts} connections in ${Math.round((gone - begun) / second)} s, back ${Math.round((Date.now() - gone) / second)} s after`,
    );
    await reports();
  });

  it("has tokens of a minute all the time, of which none has ended while it was in use", async () => {
    const begun = Date.now();
    await waitFor("two more tokens", () => since("mqtt", begun).length >= 2 || undefined, 3 * tokenLife);
    const ends = room.fake.journal.entries.filter(({ who, what }) => who === agent && what === "connection");
    expect(ends.length).toBeGreaterThan(5);
    expect(ends.map(({ outcome }) => outcome)).not.toContain("the token has ended");
    await reports();
  });
});
