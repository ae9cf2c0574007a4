import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elfMachine, requireArchitecture, withoutSections } from "./elf.ts";

const amd64 = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, ...Array(12).fill(0), 62, 0]);
const arm64 = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, ...Array(12).fill(0), 183, 0]);

describe("withoutSections", () => {
  it.skipIf(process.platform !== "linux")("leaves a program that runs, and is smaller", () => {
    const program = readFileSync(process.execPath);
    const cut = withoutSections(program);
    expect(cut.length).toBeLessThan(program.length);
    expect(cut.readBigUInt64LE(40)).toBe(0n);
    const directory = mkdtempSync(join(tmpdir(), "elf-"));
    try {
      writeFileSync(join(directory, "node"), cut);
      chmodSync(join(directory, "node"), 0o755);
      const run = spawnSync(join(directory, "node"), ["-p", "process.version"], { encoding: "utf8" });
      expect(run).toMatchObject({ status: 0, stdout: `${process.version}\n` });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("gives the same again, and leaves what is no program alone", () => {
    const text = Buffer.from("#!/bin/sh\n".repeat(20));
    expect(withoutSections(text)).toBe(text);
    const cut = withoutSections(readFileSync(process.execPath));
    expect(withoutSections(cut).equals(cut)).toBe(true);
  });

  it("never fails, nor cuts what it does not understand", () => {
    const garbage = fc.tuple(fc.constant(amd64.subarray(0, 6)), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(garbage, ([start, rest]) => {
        const file = Buffer.concat([start, rest]);
        return withoutSections(file).length <= file.length;
      }),
    );
  });
});

describe("requireArchitecture", () => {
  const entry = (bytes: Buffer) => ({ path: "/bin/x", mode: 0o755, bytes });

  it("lets pass what is of the architecture, or of none", async () => {
    await requireArchitecture([entry(amd64), entry(Buffer.from("text")), { path: "/l", link: "x" }], "amd64");
    await requireArchitecture([entry(arm64)], "arm64");
  });

  it("names a file of another architecture, from memory or a file", async () => {
    const wrong = expect.objectContaining({
      code: "EDGE_IMAGES_ARCHITECTURE",
      message: expect.stringContaining("/bin/x"),
    });
    await expect(requireArchitecture([entry(amd64)], "arm64")).rejects.toEqual(wrong);
    if (process.platform !== "linux") return;
    const file = { path: "/bin/x", mode: 0o755, file: process.execPath };
    await expect(requireArchitecture([file], process.arch === "x64" ? "arm64" : "amd64")).rejects.toEqual(wrong);
  });

  it("takes no short or other file for a program", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 19 }), (bytes) => elfMachine(Buffer.from(bytes)) === undefined));
  });
});
