import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { supervisorSources } from "./build.ts";
import { canRunProxy } from "./test/proxy.ts";

describe.skipIf(!(await canRunProxy()))("a probe of iotedged", { timeout: 180_000 }, () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "proxy-probes-"));
    const options = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-fsanitize=address,undefined"];
    const sources = (await supervisorSources()).filter((file) => basename(file) !== "main.c");
    const files = [join(import.meta.dirname, "test", "probes.c"), ...sources];
    execFileSync("gcc", [...options, "-fno-sanitize-recover=all", "-o", join(directory, "probes"), ...files]);
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Seconds from each probe to the next, by the status of each. */
  const pauses = (statuses: readonly number[]) =>
    execFileSync(join(directory, "probes"), { input: statuses.join("\n"), encoding: "utf8" })
      .split("\n")
      .slice(0, -1)
      .map(Number);

  it("follows every second until iotedged was reached once", () => {
    expect(pauses([0, 0, 502, 401, 403, 0, 0, 0])).toEqual(Array(8).fill(1));
  });

  it("follows sooner at first when one fails, and later and later at up to 30 s", () => {
    const failing = pauses([200, ...Array(10).fill(502)]).slice(1);
    const longest = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30];
    for (const [index, most] of longest.entries()) {
      expect(failing[index]).toBeLessThanOrEqual(most);
      expect(failing[index]).toBeGreaterThanOrEqual(most / 2);
    }
  });

  it("is not due at the same time for all who fail together", () => {
    const runs = Array.from({ length: 3 }, () => pauses([200, ...Array(10).fill(0)]).join());
    expect(new Set(runs).size).toBeGreaterThan(1);
  });

  it("follows after 5 minutes when iotedged answers, and soon again after the next failure", () => {
    expect(pauses([200, 0, 0, 0, 404, 0])).toEqual([300, 1, expect.any(Number), expect.any(Number), 300, 1]);
  });
});
