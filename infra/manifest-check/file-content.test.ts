import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { readTextFile, readVariablesFile } from "./file-content.ts";

const limit = 256 * 1024;

it.each([
  ["all of a file that has the most that is allowed", limit, { text: "x".repeat(limit) }],
  ["nothing of one that has more", limit + 1, { failure: "too large" }],
  ["one that is empty", 0, { text: "" }],
])("reads %s", (_, size, content) => {
  const folder = mkdtempSync(join(tmpdir(), "file-content-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, ".env");
  writeFileSync(path, "x".repeat(size));
  expect(readVariablesFile(path)).toEqual(content);
});

it.runIf(process.platform === "linux")("ends at the limit also where a file has said that it is empty", async () => {
  const large = Object.fromEntries(["A", "B", "C"].map((name) => [name, "x".repeat(100_000)]));
  const child = spawn(process.execPath, ["--eval", "process.stdin.resume(); process.stdout.write('up')"], {
    env: large,
  });
  onTestFinished(() => void child.kill());
  await once(child.stdout, "data");
  const path = `/proc/${child.pid}/environ`;
  expect(readVariablesFile(path)).toEqual({ failure: "too large" });
  expect(readTextFile(path)).toEqual({ text: expect.stringContaining(`A=${"x".repeat(100_000)}`) });
});
