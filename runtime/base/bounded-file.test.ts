import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readBounded } from "./bounded-file.ts";

const run = promisify(execFile);
let directory: string;
const path = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-bounded-"));
});
afterAll(() => rm(directory, { recursive: true }));

it("is read up to the limit, and not beyond", async () => {
  await writeFile(path("file"), "12345");
  expect(await readBounded(path("file"), 5)).toBe("12345");
  expect(await readBounded(path("file"), 4)).toBeUndefined();
  await writeFile(path("empty"), "");
  expect(await readBounded(path("empty"), 5)).toBe("");
});

it.runIf(process.platform === "linux")("ends also where a file says that it is empty, or never ends", async () => {
  expect(await readBounded("/proc/self/status", 16)).toBeUndefined();
  expect(await readBounded("/dev/zero", 100_000)).toBeUndefined();
});

it.skipIf(process.platform === "win32")("may be a pipe, which is not read to its end either", async () => {
  await run("mkfifo", [path("pipe")]);
  const fill = (text: string) => {
    const writer = createWriteStream(path("pipe"));
    writer.on("error", () => {});
    writer.end(text);
  };
  fill("a key");
  expect(await readBounded(path("pipe"), 100)).toBe("a key");
  fill("x".repeat(1000));
  expect(await readBounded(path("pipe"), 100)).toBeUndefined();
});

it("passes on what the system says", async () => {
  await expect(readBounded(path("none"), 5)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(readBounded(directory, 5)).rejects.toMatchObject({ code: "EISDIR" });
});
