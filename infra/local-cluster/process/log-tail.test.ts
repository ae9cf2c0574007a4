import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { lastLines } from "./log-tail.ts";

const path = join(temporaryDirectory(), "server.log");

describe("lastLines", () => {
  it("gives the last lines, without empty ones", () => {
    writeFileSync(path, "one\ntwo\n\nthree\n");
    expect(lastLines(path, 2)).toBe("  two\n  three");
  });

  it("reads only the end of a large file, and cuts long lines", () => {
    writeFileSync(path, `${"x".repeat(1_000_000)}\nlast ${"y".repeat(1_000)}\n`);
    const lines = lastLines(path, 5).split("\n");
    expect(lines.at(-1)).toMatch(/^ {2}last y+\.\.\.$/);
    expect(lines.every((line) => line.length < 410)).toBe(true);
  });

  it.each(["", "\n\n"])("says that there is nothing in %j", (content) => {
    writeFileSync(path, content);
    expect(lastLines(path, 5)).toContain("empty");
  });

  it("says so of a missing file, too", () => {
    expect(lastLines("/nonexistent/server.log", 5)).toContain("empty");
  });
});
