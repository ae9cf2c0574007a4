import { describe, expect, it } from "vitest";
import { connectionBounds, connectionCost, ownMemory } from "./bounds.ts";

const mebi = 1024 ** 2;

function worst(limit: number): number {
  const { waiting, unproven, proven, bodies } = connectionBounds(limit);
  return (
    ownMemory +
    waiting.most * connectionCost.waiting +
    unproven.most * connectionCost.unproven +
    proven.most * connectionCost.proven +
    bodies.most * connectionCost.body
  );
}

describe("bounds of connections", () => {
  it.each([256, 320, 512, 1024, 4096])("fit, all at once, into their share of a container of %i MiB", (limit) => {
    expect(worst(limit * mebi)).toBeLessThanOrEqual(0.7 * limit * mebi);
  });

  it("fit into a container that has too little for that share", () => {
    expect(worst(192 * mebi)).toBeLessThan(192 * mebi);
  });

  it("grow with the container, up to what anybody needs", () => {
    const of = (limit: number) => Object.values(connectionBounds(limit * mebi)).map(({ most }) => most);
    for (const [index, most] of of(512).entries()) expect(most).toBeGreaterThan(of(256)[index] ?? 0);
    expect(of(64_000)).toEqual([1024, 256, 2048, 256]);
  });

  it("let one module's proxy have what it can use, and no client have all", () => {
    for (const limit of [64, 256, 1024]) {
      const bounds = connectionBounds(limit * mebi);
      expect(bounds.proven.mostOfGroup).toBeGreaterThanOrEqual(64);
      for (const { most, mostOfGroup } of Object.values(bounds)) expect(mostOfGroup).toBeLessThanOrEqual(most / 2 + 1);
    }
  });
});
