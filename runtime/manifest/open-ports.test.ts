import fc from "fast-check";
import { expect, it } from "vitest";
import { isAmong, openPorts, portsOfNode } from "./open-ports.ts";

it("opens what takes no privilege on the node, without the node's own", () => {
  expect(openPorts({})).toEqual([
    { first: 1024, last: 2378 },
    { first: 2382, last: 6442 },
    { first: 6445, last: 10_247 },
    { first: 10_260, last: 20_999 },
    { first: 23_000, last: 29_999 },
    { first: 32_768, last: 65_535 },
  ]);
});

const port = fc.integer({ min: 1, max: 65_535 });
const range = fc.tuple(port, port).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
const interesting = fc.constantFrom(...portsOfNode.flatMap(({ first, last }) => [first - 1, first, last, last + 1]));

it("opens a port that is named, or in a range and not the node's, and no other", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(port.map(String), range)), fc.oneof(port, interesting), (hostPorts, asked) => {
      const isNamed = hostPorts.some((one) => one.split("-").every((end) => Number(end) === asked));
      const isInRange = hostPorts.some((one) => {
        const [first = 0, last = first] = one.split("-").map(Number);
        return first <= asked && asked <= last;
      });
      expect(isAmong(asked, openPorts({ hostPorts }))).toBe(isNamed || (isInRange && !isAmong(asked, portsOfNode)));
    }),
  );
});

it("keeps its ranges apart and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(port.map(String), range)), (hostPorts) => {
      const open = openPorts({ hostPorts });
      for (const [index, { first, last }] of open.entries()) {
        expect(first).toBeLessThanOrEqual(last);
        expect(first).toBeGreaterThan((open[index - 1]?.last ?? -1) + 1);
      }
    }),
  );
});
