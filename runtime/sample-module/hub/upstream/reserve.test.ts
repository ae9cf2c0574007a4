import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openReserve } from "./reserve.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reserve-"));
  path = join(folder, "reserve");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("takes 4 MiB, which are not a hole in a file, and gives them back", () => {
  const reserve = openReserve(path);
  expect(reserve.isThere).toBe(false);
  reserve.make();
  expect(reserve.isThere).toBe(true);
  expect(statSync(path).size).toBe(4 * 1024 * 1024);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  reserve.give();
  expect([reserve.isThere, existsSync(path)]).toEqual([false, false]);
});

it("is found again, and a part of it does not count", () => {
  openReserve(path).make();
  expect(openReserve(path).isThere).toBe(true);
  writeFileSync(path, "cut off");
  const reserve = openReserve(path);
  expect(reserve.isThere).toBe(false);
  reserve.make();
  expect(statSync(path).size).toBe(4 * 1024 * 1024);
});

it("is not there where it cannot be written, and leaves nothing behind", () => {
  const reserve = openReserve(join(folder, "missing", "reserve"));
  reserve.make();
  expect(reserve.isThere).toBe(false);
});
