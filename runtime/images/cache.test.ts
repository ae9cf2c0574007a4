import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { imageCacheDirectory, openImageCache, writeWhole } from "./cache.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cache-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("lies where the environment says", () => {
  expect(imageCacheDirectory({ EDGE_CACHE_DIR: "/c" })).toBe("/c/images");
  expect(imageCacheDirectory({ XDG_CACHE_HOME: "/x" })).toBe("/x/pulumi-iotedge/images");
});

it("removes a temporary directory with its content", async () => {
  const temporary = await openImageCache(directory).temporary();
  writeFileSync(join(temporary.path, "file"), "");
  await temporary[Symbol.asyncDispose]();
  expect(readdirSync(directory)).toEqual([]);
});

it("removes what a killed build left, and nothing that is new or finished", async () => {
  const cache = openImageCache(directory);
  const paths = ["tmp-old", "tmp-new", "archives/.1-old.tar", "archives/proxy-old.tar"].map((path) =>
    join(directory, path),
  );
  for (const path of paths) mkdirSync(path, { recursive: true });
  for (const path of paths.filter((name) => name.includes("old"))) utimesSync(path, 1, 1);
  await using _ = await cache.temporary();
  expect(paths.map((path) => existsSync(path))).toEqual([false, true, false, true]);
});

it("writes a file as a whole or not at all", async () => {
  const path = join(directory, "file");
  await writeWhole(path, (temporary) => writeFile(temporary, "first"));
  const failing = writeWhole(path, async (temporary) => {
    await writeFile(temporary, "half");
    throw new Error("interrupted");
  });
  await expect(failing).rejects.toThrow("interrupted");
  expect(readFileSync(path, "utf8")).toBe("first");
  expect(readdirSync(directory)).toEqual(["file"]);
});
