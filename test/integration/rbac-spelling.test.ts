import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { EdgeError, mapConcurrently } from "#base";
import { readManifests } from "../../infra/rbac/source/manifests.ts";
import { appliedObjects, missingGrants } from "./rbac/spelling/seen.ts";
import { spell } from "./rbac/spelling/spelling.ts";

/** `npm run test:all` tries more. */
const spellings = process.env.EDGE_TESTS === "all" ? 2000 : 200;
const firstSeed = Number(process.env.EDGE_SPELLING_SEED ?? 20261129);
const processes = 4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-spelling-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Outcome = "refused" | "seen" | "unresolved" | "lost";

async function tryOne(seed: number): Promise<{ readonly outcome: Outcome; readonly told: string }> {
  const file = join(folder, `${seed}.yaml`);
  await writeFile(file, spell(seed));
  const server = await appliedObjects(inject("kubectl"), inject("kubeconfig"), file);
  if (server.roles.length + server.bindings.length === 0) return { outcome: "refused", told: "" };
  const tool = await readManifests(file).catch((error: unknown) => {
    // An error ends with 1, so that nothing is lost.
    if (error instanceof EdgeError) return undefined;
    throw error;
  });
  const objects = tool?.clusters[0];
  const missing = objects === undefined ? [] : missingGrants(server, objects);
  if (objects === undefined || (missing.length > 0 && objects.unresolved.length > 0))
    return { outcome: "unresolved", told: "" };
  return missing.length === 0
    ? { outcome: "seen", told: "" }
    : { outcome: "lost", told: `${seed}: ${missing.join("; ")}` };
}

it(
  `sees what kubectl would apply, in ${spellings} spellings of grants`,
  async () => {
    const seeds = Array.from({ length: spellings }, (_, index) => firstSeed + index);
    const tried = await mapConcurrently(seeds, tryOne, processes);
    const count = (outcome: Outcome) => tried.filter((one) => one.outcome === outcome).length;
    expect(tried.filter(({ outcome }) => outcome === "lost").map(({ told }) => told)).toEqual([]);
    // What is refused, or not read, proves nothing.
    expect(count("seen")).toBeGreaterThan(0.5 * spellings);
    expect(count("unresolved")).toBeLessThan(0.1 * count("seen"));
  },
  Math.max(1, spellings / 200) * 300_000,
);
