import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binding, codeOf, role, rule, sourceOf } from "../test/sources.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-snapshot-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("snapshots", () => {
  it("give back what was saved", async () => {
    const granted = role("r", `[${rule("get", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"]);
    const source = sourceOf(granted + role("s", '"[secret]"'));
    const file = join(folder, "snapshot.json");
    await writeFile(file, writeSnapshot(source));
    const again = await readSnapshot(file);
    const plain = (one: typeof source) =>
      JSON.stringify(one.clusters, (key, value) => (key === "origin" ? undefined : value));
    expect(plain(again)).toBe(plain(source));
    await writeFile(file, granted);
    expect(await codeOf(readSnapshot(file))).toMatch(/^EDGE_RBAC_SNAPSHOT_FORMAT /);
  });
});
