import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../../runtime/base/locks/process-owner.ts";
import { beginTrustRun, isTrustRunId, parseTrustRun, readTrustRun, takeOverTrustRun } from "./trust-run.ts";

const ids = ["trust-20261123-000000-0001", "trust-20261123-000000-0002", "trust-20261123-000000-0003"];
const clustersOf = (...names: readonly string[]) =>
  names.map((name) => ({ name, stack: `stack-${name}`, target: { context: name, kubeconfig: `/k/${name}` } }));

let directory: string;
let newId: () => string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "edge-trust-run-")), "rollouts");
  const left = [...ids];
  newId = () => left.shift() ?? "";
});
afterEach(() => rm(join(directory, ".."), { recursive: true }));

/** As the process of a run that was killed leaves it. */
async function killed(...names: readonly string[]): Promise<string> {
  const run = await beginTrustRun(directory, clustersOf(...names), newId);
  await run.leave();
  const gone = { ...systemProcesses().self, startTime: "1" };
  await writeFile(join(directory, run.id, "lock-1"), JSON.stringify(gone));
  return run.id;
}

describe("a run of a change of trust", () => {
  it("is there for others to read while it goes on, and leaves nothing", async () => {
    const run = await beginTrustRun(directory, clustersOf("a", "b"), newId);
    expect(run.id).toBe(ids[0]);
    const read = await readTrustRun(directory, run.id);
    expect(read).toEqual({ id: run.id, clusters: clustersOf("a", "b") });
    expect(read && (await takeOverTrustRun(directory, read))).toBeUndefined();
    await run.end();
    expect(await readdir(directory)).toEqual([]);
    expect(await readTrustRun(directory, run.id)).toBeUndefined();
  });

  it("does not keep another one out: the clusters' locks do that", async () => {
    const [one, two] = [
      await beginTrustRun(directory, clustersOf("a"), newId),
      await beginTrustRun(directory, clustersOf("a"), newId),
    ];
    expect([one.id, two.id]).toEqual(ids.slice(0, 2));
    await one.end();
    expect(await readdir(directory)).toEqual([two.id]);
  });

  it("takes up one that was killed, if that has no cluster besides", async () => {
    const id = await killed("a", "b");
    const narrower = await beginTrustRun(directory, clustersOf("a"), newId);
    expect(narrower.id).toBe(ids[1]);
    const same = await beginTrustRun(directory, clustersOf("b", "a", "c"), newId);
    expect(same.id).toBe(id);
    expect((await readTrustRun(directory, id))?.clusters).toEqual(clustersOf("b", "a", "c"));
    await same.end();
    await narrower.end();
    expect(await readdir(directory)).toEqual([]);
  });

  it("leaves one of another machine alone, and says whose it is", async () => {
    const id = await killed("a");
    await writeFile(join(directory, id, "lock-1"), JSON.stringify({ ...systemProcesses().self, host: "elsewhere" }));
    expect((await beginTrustRun(directory, clustersOf("a"), newId)).id).toBe(ids[1]);
    const run = (await readTrustRun(directory, id)) ?? { id, clusters: [] };
    await expect(takeOverTrustRun(directory, run)).rejects.toMatchObject({ code: "EDGE_ROLLOUT_RUN_LOCKED" });
  });

  it("is not taken over where it has ended meanwhile", async () => {
    const id = await killed("a");
    const run = (await readTrustRun(directory, id)) ?? { id, clusters: [] };
    await (await takeOverTrustRun(directory, run))?.end();
    expect(await takeOverTrustRun(directory, run)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  it("does not mind folders of rollouts, or what is none of its own", async () => {
    for (const name of ["20261123-000000-0001", ids[2] ?? ""]) await mkdir(join(directory, name), { recursive: true });
    await writeFile(join(directory, ids[2] ?? "", "trust.json"), "{}");
    expect((await beginTrustRun(directory, clustersOf("a"), newId)).id).toBe(ids[0]);
    expect(isTrustRunId("20261123-000000-0001")).toBe(false);
    expect(await readTrustRun(directory, "trust-/../x")).toBeUndefined();
  });
});

describe("parseTrustRun", () => {
  it("takes what it is for, and nothing else, whatever the text", () => {
    const clusters = clustersOf("a");
    expect(parseTrustRun(JSON.stringify({ version: 1, clusters }))).toEqual(clusters);
    expect(parseTrustRun(JSON.stringify({ version: 2, clusters }))).toBeUndefined();
    expect(parseTrustRun(JSON.stringify({ version: 1, clusters: [{ name: "a" }] }))).toBeUndefined();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseTrustRun(text)).toBeUndefined();
      }),
    );
  });
});
