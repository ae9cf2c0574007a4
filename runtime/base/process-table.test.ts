import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProcessStat, parseStat, readStat, withDescendants } from "./process-table.ts";

const line = (command: string, state = "S") => `4711 (${command}) ${state} 7 ${"0 ".repeat(17)}987654 1 2 3\n`;

describe("parseStat", () => {
  it("reads pid, parent, state and start time", () => {
    expect(parseStat(line("kubelet"))).toEqual({ pid: 4711, parent: 7, state: "S", startTime: "987654" });
  });

  it("reads them whatever the command is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 32 }), (command) => {
        expect(parseStat(line(command))?.startTime).toBe("987654");
      }),
    );
  });

  it("never throws, and takes no half line", () => {
    fc.assert(fc.property(fc.string(), (text) => parseStat(text) === undefined || text.includes(")")));
    expect(parseStat("4711 (kubelet) S 7 0 0")).toBeUndefined();
  });
});

describe("readStat", () => {
  it("finds this process", () => {
    expect(readStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });

  it("finds no process that cannot be", () => {
    expect(readStat(2 ** 30)).toBeUndefined();
  });
});

describe("withDescendants", () => {
  const each = (pid: number, parent: number): ProcessStat => ({ pid, parent, state: "S", startTime: "1" });
  const all = [each(1, 0), each(10, 1), each(11, 10), each(12, 11), each(20, 1)];

  it("adds children and their children, before their parents", () => {
    expect(withDescendants([10], all)).toEqual([12, 11, 10]);
  });

  it("names each process once", () => {
    expect(withDescendants([11, 10, 12], all).toSorted()).toEqual([10, 11, 12]);
  });
});
