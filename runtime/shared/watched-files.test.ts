import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/clock.ts";
import { readBounded, type Watched, watchFiles } from "./watched-files.ts";

const interval = 1000;
let clock: FakeClock;
let files: Map<string, string>;
let reloads: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  files = new Map([
    ["/a", "1"],
    ["/b", "2"],
  ]);
  reloads = [];
});

function watchSum(): Promise<Watched<number>> {
  return watchFiles({
    paths: ["/a", "/b"],
    load: (texts) => {
      const sum = texts.map(Number).reduce((one, other) => one + other);
      if (Number.isNaN(sum)) throw new Error("not a number");
      return sum;
    },
    clock,
    interval,
    onReload: (error) => void reloads.push(error),
    read: async (path) => {
      const text = files.get(path);
      if (text === undefined) throw new Error(`no ${path}`);
      return text;
    },
  });
}

describe("watchFiles", () => {
  it("loads at once, in the order of the paths", async () => {
    expect((await watchSum()).current).toBe(3);
  });

  it("follows a change and tells its listeners", async () => {
    const watched = await watchSum();
    const values: number[] = [];
    watched.onChange((value) => values.push(value));
    files.set("/a", "10");
    await clock.advance(interval);
    expect(watched.current).toBe(12);
    expect(values).toEqual([12]);
    expect(reloads).toEqual([undefined]);
  });

  it("tells nobody when nothing changed", async () => {
    const watched = await watchSum();
    watched.onChange(() => expect.unreachable());
    await clock.advance(5 * interval);
    expect(reloads).toEqual([]);
  });

  it("keeps the last good value while the content is bad, and says so once", async () => {
    const watched = await watchSum();
    files.set("/a", "x");
    await clock.advance(3 * interval);
    expect(watched.current).toBe(3);
    expect(reloads).toEqual([expect.objectContaining({ message: "not a number" })]);
    files.set("/a", "5");
    await clock.advance(interval);
    expect(watched.current).toBe(7);
  });

  it("keeps the last good value while a file is away", async () => {
    const watched = await watchSum();
    files.delete("/b");
    await clock.advance(interval);
    expect(watched.current).toBe(3);
    files.set("/b", "4");
    await clock.advance(interval);
    expect(watched.current).toBe(5);
  });

  it("fails at the start when the first content is bad", async () => {
    files.set("/a", "x");
    await expect(watchSum()).rejects.toThrow("not a number");
  });

  it("looks no more after stop, and forgets who unsubscribed", async () => {
    const watched = await watchSum();
    watched.onChange(() => expect.unreachable())();
    files.set("/a", "10");
    await clock.advance(interval);
    watched.stop();
    files.set("/a", "20");
    await clock.advance(10 * interval);
    expect(watched.current).toBe(12);
    expect(clock.pending).toBe(0);
  });
});

describe("readBounded", () => {
  it("reads a file, and refuses one that is missing or larger than a ConfigMap can be", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watched-files-"));
    try {
      const path = join(directory, "settings.json");
      await expect(readBounded(path)).rejects.toThrow(/ENOENT/);
      await writeFile(path, "{}");
      expect(await readBounded(path)).toBe("{}");
      await truncate(path, 1024 * 1024 + 1);
      await expect(readBounded(path)).rejects.toMatchObject({ code: "EDGE_RUNTIME_FILE_UNREADABLE" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
