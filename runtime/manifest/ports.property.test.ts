import fc from "fast-check";
import { expect, it } from "vitest";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { limits } from "./limits.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";
import { noWork } from "./reading-cost.ts";

interface Range {
  readonly first: number;
  readonly length: number;
}

const range = fc.record({
  first: fc.integer({ min: 36_000, max: 60_000 }),
  length: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: limits.portRange.most })),
});
const ranges = fc.uniqueArray(range, { selector: ({ first }) => first, maxLength: 8 });
const modules = fc.array(fc.record({ exposed: ranges, bound: ranges, bindings: fc.integer({ min: 0, max: 2 }) }), {
  maxLength: 16,
});

const keyOf = ({ first, length }: Range) => `${first}-${first + length - 1}/udp`;
const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
const lengthOf = (list: readonly Range[]) => sum(list.map(({ length }) => length));

it("modules have as many ports as the limits say, and a manifest with one more is refused whole", () => {
  fc.assert(
    fc.property(modules, (list) => {
      const text = manifestText(
        Object.fromEntries(
          list.map(({ exposed, bound, bindings }, index) => {
            const bindingsOf = Array.from({ length: bindings }, () => ({ HostIp: "0.0.0.0" }));
            const createOptions = {
              ExposedPorts: Object.fromEntries(exposed.map((one) => [keyOf(one), {}])),
              HostConfig: { PortBindings: Object.fromEntries(bound.map((one) => [keyOf(one), bindingsOf])) },
            };
            return [`m${index}`, { settings: { image: "registry.example.com/m:1.0", createOptions } }];
          }),
        ),
      );
      const counts = list.map(
        ({ exposed, bound, bindings }) => lengthOf(exposed) + lengthOf(bound) * Math.max(1, bindings),
      );
      const work = noWork();
      const parsed = parseManifest(text, undefined, work);
      const refused = parsed.ok ? "" : parsed.errors.map(describeProblem).join("\n");
      expect(work.ports).toBe(sum(counts));
      expect(refused.includes(limits.ports.code)).toBe(counts.some((count) => count > limits.ports.most));
      expect(refused.includes(limits.allPorts.code)).toBe(sum(counts) > limits.allPorts.most);
      expect(parsed.ok).toBe(refused === "");
    }),
    { numRuns: 100 },
  );
});

it("as many ranges as an entry may have, in as many modules as there is room for, are refused unmade", () => {
  const ExposedPorts = Object.fromEntries(
    Array.from({ length: limits.entries.most }, (_, index) => [keyOf({ first: 1 + index, length: 250 }), {}]),
  );
  const module = { settings: { image: "registry.example.com/m:1.0", createOptions: { ExposedPorts } } };
  const text = manifestText(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`m${index}`, module])));
  const parsed = parseManifest(text);
  expect(parsed.ok ? [] : parsed.errors.map(describeProblem)).toEqual([
    ...Array.from({ length: 9 }, (_, index) =>
      expect.stringMatching(`^modules.m${index}.*has 500000 ports, and may have 1000 \\(EDGE_LIMIT_PORTS\\)`),
    ),
    expect.stringContaining("manifest: has 4500000 ports in all its modules, and may have 10000"),
  ]);
});

it("ports count for each Service that has them: an alias has one of its own", () => {
  const withAliases = (count: number) => {
    const Aliases = Array.from({ length: count }, (_, index) => `alias-${index}`);
    const bound = Array.from({ length: 4 }, (_, index) => [keyOf({ first: 40_000 + 250 * index, length: 250 }), {}]);
    const createOptions = {
      ExposedPorts: Object.fromEntries(bound),
      NetworkingConfig: { EndpointsConfig: { "azure-iot-edge": { Aliases } } },
    };
    const parsed = parseManifest(
      manifestText({ m: { settings: { image: "registry.example.com/m:1.0", createOptions } } }),
    );
    return parsed.ok ? [] : parsed.errors.map(describeProblem);
  };
  expect(withAliases(9)).toEqual([]);
  expect(withAliases(10)).toEqual([expect.stringContaining("has 11000 ports in all its modules")]);
});
