import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FleetCluster } from "../../rollout/model/fleet.ts";
import type { FleetWave } from "./fleet-waves.ts";
import { type ClusterWork, type FleetResult, runWaves } from "./run-waves.ts";

const clusterOf = (name: string): FleetCluster => ({ name, stack: name, target: { context: name }, labels: {} });
const waveOf = (name: string, count: number, maxConcurrency = 1, maxFailures = 0): FleetWave => ({
  name,
  clusters: Array.from({ length: count }, (_, index) => clusterOf(`${name}-${index}`)),
  maxConcurrency,
  maxFailures,
});
const freely = (work: ClusterWork["work"]): ClusterWork => ({ reserve: async () => {}, work });
const outcomes = ({ clusters }: FleetResult) => clusters.map(({ cluster, outcome }) => `${cluster.name} ${outcome}`);

describe("runWaves", () => {
  it("begins nothing new when more clusters have failed than may", async () => {
    const bad = new Set(["b-0", "b-1"]);
    const work = async ({ name }: FleetCluster) => {
      if (bad.has(name)) throw new Error(name);
    };
    const results = await runWaves([waveOf("a", 1), waveOf("b", 3, 1, 1), waveOf("c", 1)], freely(work));
    expect(outcomes(results)).toEqual(["a-0 done", "b-0 failed", "b-1 failed", "b-2 not begun", "c-0 not begun"]);
    bad.delete("b-1");
    const within = await runWaves([waveOf("b", 3, 1, 1), waveOf("c", 1)], freely(work));
    expect(outcomes(within)).toEqual(["b-0 failed", "b-1 done", "b-2 done", "c-0 done"]);
  });

  it("begins nothing at all when too many cannot be reserved, and goes on without them when they are few", async () => {
    const taken = new Set(["b-0", "b-1"]);
    const worked: string[] = [];
    const work: ClusterWork = {
      reserve: async ({ name }) => {
        if (taken.has(name)) throw new Error(`${name} is locked`);
      },
      work: async ({ name }) => void worked.push(name),
    };
    const results = await runWaves([waveOf("a", 1), waveOf("b", 3, 1, 1)], work);
    expect(results.halted).toBe(true);
    expect(outcomes(results)).toEqual(["a-0 not begun", "b-0 failed", "b-1 failed", "b-2 not begun"]);
    expect(results.clusters[1]?.error).toEqual(new Error("b-0 is locked"));
    expect(worked).toEqual([]);
    taken.delete("b-1");
    const within = await runWaves([waveOf("a", 1), waveOf("b", 3, 1, 1)], work);
    expect(outcomes(within)).toEqual(["a-0 done", "b-0 failed", "b-1 done", "b-2 done"]);
    expect(worked).toEqual(["a-0", "b-1", "b-2"]);
  });

  it("begins nothing new when it is told to end", async () => {
    const controller = new AbortController();
    const work = async () => controller.abort();
    const results = await runWaves([waveOf("a", 2), waveOf("b", 1)], freely(work), controller.signal);
    expect(outcomes(results)).toEqual(["a-0 done", "a-1 not begun", "b-0 not begun"]);
  });

  it("keeps the limits and the order of waves, whatever fails", async () => {
    const waves = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 1, max: 4 }), may: fc.nat(3) }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(waves, fc.nat(2), fc.infiniteStream(fc.boolean()), async (shapes, locked, fails) => {
        const all = shapes.map(({ count, width, may }, index) => waveOf(`w${index}`, count, width, may));
        const begun: string[] = [];
        let running = 0;
        const wrong: string[] = [];
        const refused = new Set(
          all
            .at(-1)
            ?.clusters.slice(0, locked)
            .map(({ name }) => name),
        );
        const reserve = async ({ name }: FleetCluster) => {
          if (refused.has(name)) throw new Error("locked");
        };
        const work = async ({ name }: FleetCluster) => {
          const wave = all.find(({ clusters }) => clusters.some((cluster) => cluster.name === name));
          begun.push(wave?.name ?? "");
          running += 1;
          if (running > (wave?.maxConcurrency ?? 0) || refused.has(name)) wrong.push(name);
          await Promise.resolve();
          running -= 1;
          if (fails.next().value) throw new Error(name);
        };
        const { clusters: results, halted } = await runWaves(all, { reserve, work });
        expect(wrong).toEqual([]);
        expect(begun).toEqual([...begun].sort());
        expect(results).toHaveLength(all.flatMap(({ clusters }) => clusters).length);
        const halt = all.findIndex(({ name, maxFailures }) => {
          return results.filter(({ wave, outcome }) => wave === name && outcome === "failed").length > maxFailures;
        });
        const left = results.filter(({ outcome }) => outcome === "not begun");
        expect(halted).toBe(halt >= 0);
        const isRefused = refused.size > (all.at(-1)?.maxFailures ?? 0);
        if (halt < 0) expect(left).toEqual([]);
        else if (isRefused) expect(begun).toEqual([]);
        else {
          const later = all.slice(halt + 1).flatMap(({ clusters }) => clusters);
          expect(left.length).toBeGreaterThanOrEqual(later.filter(({ name }) => !refused.has(name)).length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
