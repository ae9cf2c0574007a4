import { Value } from "typebox/value";
import { beforeEach, describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import { type HubRecord, HubRecordSchema } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { configMaps, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { firstRecord, shareHubRecord, withChange } from "./hub-record.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const of = { hubHostname: "hub.test", deviceId: "d1" };
const problem = new EdgeError("EDGE_HUB_AWAY", "hub.test cannot be reached", "wait");

describe("the record", () => {
  it("tells since when its state, or its problem, is what it is", () => {
    const change = (record: HubRecord, what: Parameters<typeof withChange>[1], seconds: number) =>
      withChange(record, what, start + seconds * 1000);
    const connected = change(firstRecord(of, start), { problem: null }, 1);
    expect(connected).toMatchObject({ state: "connected", since: at(1) });
    expect(change(connected, { problem: null }, 2)).toEqual(connected);
    const failed = change(connected, { problem }, 3);
    expect(failed).toMatchObject({ state: "failed", since: at(3), problem: { code: "EDGE_HUB_AWAY" } });
    expect(change(failed, { problem }, 4)).toEqual(failed);
    const identities = [{ moduleId: "a", generationId: "g", state: "ready" as const }];
    expect(change(failed, { identities }, 5)).toEqual({ ...failed, identities });
    expect(change(failed, { problem: null }, 6)).toEqual({ ...connected, since: at(6) });
    expect(Value.Check(HubRecordSchema, failed)).toBe(true);
  });
});

describe("the record of the leader", () => {
  let store: FakeObjectStore;
  let clock: FakeClock;
  const replica = (leads: boolean, record: HubRecord) =>
    shareHubRecord({
      ...{
        store,
        settings: { ...of, installation: { name: "a", namespace: "edge-a" } },
        serviceAccounts: store.informer(serviceAccounts),
        clock,
        random: () => 0,
      },
      ...{ record: () => record, leads: () => leads },
      onError: (error) => {
        throw error;
      },
    });
  beforeEach(() => {
    store = new FakeObjectStore("edge-a");
    clock = new FakeClock();
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "iotedged", uid: "u" } });
  });

  it("is what every replica reads", async () => {
    const record = withChange(firstRecord(of, start), { problem: null }, start);
    const [leader, other] = [replica(true, record), replica(false, firstRecord(of, start))];
    expect(await other.read()).toBeUndefined();
    for (const one of [other, leader]) one.write();
    await clock.advance(1000);
    expect(await other.read()).toEqual(record);
    await Promise.all([leader.stop(), other.stop()]);
  });

  it("counts as not there where somebody has spoilt it", async () => {
    const one = replica(false, firstRecord(of, start));
    for (const text of ["{", '{"state":"connected"}', "x".repeat(600_000)]) {
      store.put({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "iotedged-trust" },
        data: { "hub.json": text },
      });
      expect(await one.read()).toBeUndefined();
    }
    expect(store.select(configMaps)).toHaveLength(1);
    await one.stop();
  });
});
