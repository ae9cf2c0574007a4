import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { createLogger } from "../../shared/logger.ts";
import { type Act, auditFields } from "./audit-line.ts";
import { type AuditLog, auditRate, countInterval, createAuditLog, unprovenRate } from "./audit-log.ts";

const ofLog = ["level", "time", "component", "message"];
const sensor = { module: "sensor", pod: "sensor-1", podUid: "u1", address: "10.0.0.7" };
const refusal: Act = {
  outcome: "refused",
  action: "workload.sign",
  status: 403,
  rule: "access-self",
  requestId: "a-1",
  who: sensor,
  target: "$edgeHub",
};

let clock: FakeClock;
let texts: string[];
let audit: AuditLog;

const logger = (level: string) =>
  createLogger({ component: "iotedged", level, destination: { write: (line) => void texts.push(line) } });
const create = (log = logger("info")) =>
  createAuditLog({
    log,
    clock,
    isModule: (name) => ["sensor", "edgehub"].includes(name),
  });
const lines = () => texts.map((text) => JSON.parse(text) as Record<string, unknown>);

beforeEach(() => {
  clock = new FakeClock();
  texts = [];
  audit = create();
});

describe("an audit line", () => {
  it("tells who asked for what, about whom, and which rule refused it", () => {
    audit.tell(refusal);
    expect(lines()).toEqual([
      {
        ...{ level: "info", time: expect.any(String), component: "iotedged", message: "request refused" },
        ...{ audit: "refused", action: "workload.sign", status: 403, rule: "access-self", requestId: "a-1" },
        ...{ module: "sensor", pod: "sensor-1", podUid: "u1", address: "10.0.0.7", target: "edgehub" },
      },
    ]);
  });

  it("tells nothing of a path that names no module", () => {
    audit.tell({ ...refusal, target: "a secret by mistake" });
    expect(lines()[0]).not.toHaveProperty("target");
    expect(texts.join()).not.toMatch(/secret/);
  });

  it("tells which pods were acted on, 16 at most", () => {
    const pods = Array.from({ length: 40 }, (_, index) => `sensor-${index}`);
    audit.tell({ ...refusal, outcome: "done", action: "management.module.restart", status: 204, pods });
    expect(lines()[0]).toMatchObject({ audit: "done", message: "request done", pods: pods.slice(0, 16) });
  });

  it("is written whatever the level of the log", () => {
    audit = create(logger("error"));
    audit.tell(refusal);
    expect(texts).toHaveLength(1);
  });

  it("knows an IPv4 address that comes over IPv6, and no other text as an address", () => {
    for (const address of ["::ffff:10.0.0.7", "2001:db8::7", "nonsense\n", undefined])
      audit.tell({ ...refusal, who: { ...sensor, podUid: String(address), address } });
    expect(lines().map(({ address }) => address)).toEqual(["10.0.0.7", "2001:db8::7", undefined, undefined]);
  });

  it("has the documented fields and no others, is one line, and hides nothing, whatever the texts hold", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom('"}\n{"audit":"done"}', "\u202Egnp.exe", "\u001b[2J", "\r\nlevel=error", "\ud800", "\u2028"),
    );
    const text = fc.option(nasty, { nil: undefined });
    const log = logger("info");
    const who = fc.record({ module: text, pod: text, podUid: text, account: text, address: text });
    fc.assert(
      fc.property(who, text, text, fc.array(nasty, { maxLength: 20 }), (shown, target, name, pods) => {
        texts = [];
        create(log).tell({ ...refusal, who: shown, target, name, pods });
        const [line = "", ...more] = texts;
        expect(more).toEqual([]);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        const parsed = JSON.parse(line) as Record<string, unknown>;
        expect(parsed).toMatchObject({ audit: "refused", rule: "access-self", message: "request refused" });
        expect([...Object.keys(auditFields), ...ofLog]).toEqual(expect.arrayContaining(Object.keys(parsed)));
        expect(line.length).toBeLessThan(20_000);
      }),
    );
  });
});

describe("a flood", () => {
  const { burst, perSecond } = auditRate;

  it("of one module gives a bounded number of lines, and the count of the rest", async () => {
    for (let second = 0; second < 600; second++) {
      for (let index = 0; index < 200; index++) audit.tell(refusal);
      await clock.advance(1000);
    }
    const told = lines().filter(({ audit: kind }) => kind === "refused");
    const counts = lines().filter(({ audit: kind }) => kind === "left-out");
    expect(told.length).toBeLessThanOrEqual(burst + 600 * perSecond);
    expect(counts.length).toBeLessThanOrEqual(600_000 / countInterval + 1);
    audit.stop();
    const leftOut = lines().reduce((sum, line) => sum + Number(line.leftOut ?? 0), 0);
    expect(lines().filter(({ audit: kind }) => kind === "refused").length + leftOut).toBe(600 * 200);
  });

  it("is counted on the next line of the same, or alone after a minute", async () => {
    for (let index = 0; index < burst + 7; index++) audit.tell(refusal);
    expect(lines()).toHaveLength(burst);
    await clock.advance(1000 / perSecond);
    audit.tell(refusal);
    expect(lines().at(-1)).toMatchObject({ audit: "refused", leftOut: 7 });
    audit.tell(refusal);
    await clock.advance(countInterval);
    expect(lines().at(-1)).toMatchObject({
      ...{ audit: "left-out", message: "lines left out", leftOut: 1 },
      ...{ module: "sensor", podUid: "u1", rule: "access-self" },
    });
    expect(lines()).toHaveLength(burst + 2);
    await clock.advance(10 * countInterval);
    expect(lines()).toHaveLength(burst + 2);
  });

  it("of one does not hide another, nor another rule, nor what was done", () => {
    for (let index = 0; index < 1000; index++) audit.tell(refusal);
    texts = [];
    audit.tell({ ...refusal, who: { ...sensor, podUid: "u2" } });
    audit.tell({ ...refusal, rule: "name-of-gateway" });
    for (const action of ["management.module.restart", "management.module.logs"])
      audit.tell({ ...refusal, outcome: "done", action });
    expect(texts).toHaveLength(4);
  });

  it("from many addresses that no token proves gives a bounded number of lines, and hides nobody who is proven", async () => {
    const minutes = 5;
    for (let index = 0; index < 20_000; index++) {
      const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      audit.tell({ ...refusal, rule: "token-malformed", status: 401, who: { address } });
    }
    expect(texts).toHaveLength(unprovenRate.burst);
    audit.tell(refusal);
    expect(texts).toHaveLength(unprovenRate.burst + 1);
    await clock.advance(minutes * 60_000);
    // One for each of 256 counts that are kept apart, and one for all others.
    expect(texts).toHaveLength(unprovenRate.burst + 1 + 257);
    const leftOut = lines().reduce((sum, line) => sum + Number(line.leftOut ?? 0), 0);
    expect(leftOut).toBe(20_000 - unprovenRate.burst);
  });
});
