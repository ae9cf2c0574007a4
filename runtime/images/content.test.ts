import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentTag, type Entry, type ImageConfig, unpackedBytes, writeEntries } from "./content.ts";

const config: ImageConfig = { entrypoint: ["/bin/x"], environment: { A: "1", B: "2" }, labels: {} };
const bytes = (path: string, text = "x", mode = 0o644): Entry => ({ path, mode, bytes: Buffer.from(text) });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "content-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("contentTag", () => {
  it("is the same for the same content, in any order and from memory or a file", async () => {
    const file = join(directory, "f");
    writeFileSync(file, "x");
    const fromFile: Entry = { path: "/a", mode: 0o644, file };
    const tag = await contentTag([bytes("/a"), bytes("/b")], config);
    expect(tag).toMatch(/^[0-9a-f]{12}$/);
    expect(await contentTag([bytes("/b"), fromFile], config)).toBe(tag);
    expect(await contentTag([bytes("/a"), bytes("/b")], { ...config, environment: { B: "2", A: "1" } })).toBe(tag);
  });

  it("changes with each part of the content and the configuration", async () => {
    const tags = await Promise.all([
      contentTag([], config),
      contentTag([bytes("/a")], config),
      contentTag([bytes("/b")], config),
      contentTag([bytes("/a", "y")], config),
      contentTag([bytes("/a", "x", 0o755)], config),
      contentTag([{ path: "/a", link: "x" }], config),
      contentTag([{ path: "/a", mode: 0o644, directory: true }], config),
      contentTag([bytes("/a")], { ...config, entrypoint: ["/bin/y"] }),
      contentTag([bytes("/a")], { ...config, environment: { A: "1" } }),
      contentTag([bytes("/a")], { ...config, labels: { A: "1" } }),
      contentTag([bytes("/a")], { ...config, stopSignal: "SIGUSR1" }),
    ]);
    expect(new Set(tags).size).toBe(tags.length);
  });

  it("does not take the end of one entry for the start of another", async () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([path]) => path, maxLength: 3 });
    const tagOf = (list: [string, string][]) =>
      contentTag(
        list.map(([path, text]) => bytes(path, text)),
        config,
      );
    const sorted = (list: [string, string][]) => JSON.stringify([...list].sort());
    await fc.assert(
      fc.asyncProperty(entries, entries, async (a, b) => {
        expect((await tagOf(a)) === (await tagOf(b))).toBe(sorted(a) === sorted(b));
      }),
    );
  });
});

it("counts the bytes of files only", async () => {
  const file = join(directory, "f");
  writeFileSync(file, "12345");
  const entries: Entry[] = [
    bytes("/a", "123"),
    { path: "/b", mode: 0o644, file },
    { path: "/c", link: "elsewhere" },
    { path: "/d", mode: 0o755, directory: true },
  ];
  expect(await unpackedBytes(entries)).toBe(8);
});

it("writes entries with their modes, whatever the process's umask", async () => {
  const umask = process.umask(0o077);
  try {
    await writeEntries(directory, [
      bytes("/a/b/c", "text", 0o640),
      { path: "/a/link", link: "b/c" },
      { path: "/tmp", mode: 0o1777, directory: true },
    ]);
  } finally {
    process.umask(umask);
  }
  const mode = (path: string) => lstatSync(join(directory, path)).mode & 0o7777;
  expect([mode("a"), mode("a/b"), mode("a/b/c"), mode("tmp")]).toEqual([0o755, 0o755, 0o640, 0o1777]);
  expect(readFileSync(join(directory, "a/b/c"), "utf8")).toBe("text");
  expect(readlinkSync(join(directory, "a/link"))).toBe("b/c");
});
