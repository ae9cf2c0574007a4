import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { isRunning, parseRecord, readRecord, recordOf, renderRecord, writeRecord } from "./process-record.ts";

describe("parseRecord", () => {
  it("reads what renderRecord wrote", () => {
    const record = fc.record({ pid: fc.integer({ min: 1, max: 2 ** 22 }), startTime: fc.nat().map(String) });
    fc.assert(
      fc.property(record, (each) => {
        expect(parseRecord(renderRecord(each))).toEqual(each);
      }),
    );
  });

  it.each([
    "",
    "{}",
    '{"pid":0,"startTime":"1"}',
    '{"pid":-1,"startTime":"1"}',
    '{"pid":1}',
    '{"pid":1,"startTime":"x"}',
  ])("refuses %s", (text) => expect(parseRecord(text)).toBeUndefined());

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => parseRecord(text) === undefined));
  });
});

describe("isRunning", () => {
  it("knows this process by its record", () => {
    expect(isRunning(recordOf(process.pid))).toBe(true);
  });

  it("does not take another process with the same pid for it", () => {
    expect(isRunning({ pid: process.pid, startTime: "1" })).toBe(false);
  });

  it("takes no record for a process that has ended", () => {
    expect(isRunning(undefined)).toBe(false);
  });
});

describe("readRecord", () => {
  const directory = temporaryDirectory();

  it("reads what was written, in a directory made for it", () => {
    const path = join(directory, "processes", "etcd.json");
    writeRecord(path, { pid: 12, startTime: "34" });
    expect(readRecord(path)).toEqual({ pid: 12, startTime: "34" });
  });

  it("takes a missing or damaged file for none", () => {
    const damaged = join(directory, "damaged.json");
    writeFileSync(damaged, '{"pid":12,"start');
    expect(readRecord(damaged)).toBeUndefined();
    expect(readRecord(join(directory, "missing.json"))).toBeUndefined();
  });
});
