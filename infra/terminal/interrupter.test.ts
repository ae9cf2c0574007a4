import { describe, expect, test } from "vitest";
import { createInterrupter } from "./interrupter.ts";

/** A process without a clock: what shall happen later happens on demand. */
function host() {
  const exits: number[] = [];
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const state = { busy: false };
  return {
    state,
    exits,
    told,
    pass: () => waiting.splice(0).forEach((action) => void action()),
    isBusy: () => state.busy,
    tell: (line: string) => void told.push(line),
    exit: (code: number) => void exits.push(code),
    later: (_: number, action: () => void) => void waiting.push(action),
  };
}

describe("Ctrl-C", () => {
  test("asks the command to stop, and ends the process when it does not", () => {
    const controller = new AbortController();
    const process = host();
    createInterrupter(controller, process)();
    expect([controller.signal.aborted, process.exits, process.told]).toEqual([true, [], []]);
    process.pass();
    expect(process.exits).toEqual([130]);
  });

  test("waits as long as Pulumi works", () => {
    const process = host();
    process.state.busy = true;
    createInterrupter(new AbortController(), process)();
    process.pass();
    expect(process.exits).toEqual([]);
    process.state.busy = false;
    process.pass();
    expect(process.exits).toEqual([130]);
  });

  test("twice ends the process at once, and warns only where Pulumi works", () => {
    for (const busy of [true, false]) {
      const process = host();
      process.state.busy = busy;
      const stop = createInterrupter(new AbortController(), process);
      stop();
      stop();
      expect(process.exits).toEqual([130]);
      expect(process.told.length).toBe(busy ? 2 : 0);
    }
  });
});
