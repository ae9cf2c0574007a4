import { beforeEach, describe, expect, it } from "vitest";
import type { TrustRecord } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import type { Notice } from "../../shared/event-recorder.ts";
import { createLeafNotices, shortestToldLife } from "./module-certificate-notices.ts";

const hour = 3_600_000;
const day = 24 * hour;

let clock: FakeClock;
let told: Notice[];
let refuse: (() => void) | undefined;
let look: (record: TrustRecord) => void;

beforeEach(() => {
  clock = new FakeClock(Date.parse("2026-01-01T00:00:00Z"));
  told = [];
  const record = (notice: Notice, onRefused?: () => void) => {
    told.push(notice);
    refuse = onRefused;
  };
  look = createLeafNotices({ events: { record }, clock });
});

const leaf = (notAfter: number, at = clock.now(), kind: "identity" | "server" = "server") => ({
  ...{ kind, name: "00000000", ca: "a".repeat(16), root: "b".repeat(16), notAfter, at },
});
const recordOf = (pods: Readonly<Record<string, ReturnType<typeof leaf>>>): TrustRecord => ({
  pods: Object.fromEntries(
    Object.entries(pods).map(([name, one]) => [`uid-of-${name}`, { name: `${name}-1`, module: name, leaves: [one] }]),
  ),
  replicas: {},
});

async function daysOfNotices(record: TrustRecord, days: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let count = 0; count <= days; count++) {
    const before = told.length;
    look(record);
    look(record);
    for (const { type } of told.slice(before)) found.push(`${count} ${type}`);
    await clock.advance(day);
  }
  return found;
}

describe("notices of modules' certificates that grow old", () => {
  it("come at half, at four fifths and at nineteen twentieths of a life, once each", async () => {
    const record = recordOf({ hub: leaf(clock.now() + 100 * day) });
    expect(await daysOfNotices(record, 120)).toEqual(["50 Normal", "80 Warning", "95 Warning"]);
    expect(told[1]?.note).toBe(
      "80 % of a life is over: server certificate of module hub in pod hub-1 ends at 2026-04-11T00:00:00.000Z. The module has to ask for another; else restart its pod.",
    );
    expect(told[1]?.regarding).toEqual({ apiVersion: "v1", kind: "ConfigMap", name: "iotedged-trust" });
  });

  it("never come when the module has another in time", async () => {
    for (let count = 0; count < 10; count++) {
      const record = recordOf({ hub: leaf(clock.now() + 100 * day) });
      await daysOfNotices(record, 48);
    }
    expect(told).toEqual([]);
  });

  it("are one for all that reach a stage within an hour, and name those that end first", async () => {
    const [start, end] = [clock.now(), clock.now() + 100 * day];
    const pods = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, leaf(end - index, start)]));
    await clock.advance(80 * day);
    look(recordOf(pods));
    expect(told).toHaveLength(1);
    expect(told[0]?.note).toContain("80 % of a life is over: server certificate of module m19 in pod m19-1 ends at");
    expect(told[0]?.note).toContain("; and 12 more. ");
    expect(told[0]?.note.length).toBeLessThan(1024);

    const late = { ...pods, late: leaf(end, start) };
    await clock.advance(hour / 2);
    look(recordOf(late));
    expect(told).toHaveLength(1);
    await clock.advance(hour / 2);
    look(recordOf(late));
    expect(told).toHaveLength(2);
    expect(told[1]?.note).toContain("module late in pod late-1");
    expect(told[1]?.note).not.toContain("m19");
  });

  it("leave out what lives less than a day, and what has ended", async () => {
    const short = leaf(clock.now() + shortestToldLife - 1, clock.now(), "identity");
    const long = leaf(clock.now() + shortestToldLife);
    await clock.advance(shortestToldLife - 2);
    look(recordOf({ short, long }));
    expect(told.map(({ note }) => note)).toEqual([expect.stringContaining("module long")]);
    expect(told[0]?.note).not.toContain("short");
    await clock.advance(hour);
    look(recordOf({ short, long }));
    expect(told).toHaveLength(1);
  });

  it("come again when the API server refused them", async () => {
    const record = recordOf({ hub: leaf(clock.now() + 100 * day) });
    await clock.advance(50 * day);
    look(record);
    refuse?.();
    await clock.advance(hour);
    look(record);
    await clock.advance(hour);
    look(record);
    expect(told).toHaveLength(2);
  });
});
