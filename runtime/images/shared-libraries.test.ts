import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseReadelf, resolveBelow } from "./shared-libraries.ts";

const output = `
Program Headers:
  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align
  INTERP         0x000318 0x0000000000000318 0x0000000000000318 0x00001c 0x00001c R   0x1
      [Requesting program interpreter: /lib64/ld-linux-x86-64.so.2]

Dynamic section at offset 0x12d0e0 contains 35 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libcrypt.so.1]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000000c (INIT)               0x2a000
`;

it("reads needed libraries and the interpreter", () => {
  expect(parseReadelf(output)).toEqual({
    interpreter: "/lib64/ld-linux-x86-64.so.2",
    libraries: ["libcrypt.so.1", "libc.so.6"],
  });
});

it("finds nothing in a static program", () => {
  expect(parseReadelf("There is no dynamic section in this file.")).toEqual({ libraries: [] });
});

it("never fails", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => parseReadelf(text).libraries.length >= 0));
});

it("reads links as in the image, not as on this machine", async () => {
  const root = mkdtempSync(join(tmpdir(), "libraries-"));
  try {
    mkdirSync(join(root, "lib64"));
    mkdirSync(join(root, "lib"));
    writeFileSync(join(root, "lib/ld.so"), "");
    symlinkSync("/lib/ld.so", join(root, "lib64/ld.so.2"));
    symlinkSync("../lib64/ld.so.2", join(root, "lib/ld.so.2"));
    symlinkSync("circle", join(root, "lib/circle"));
    expect(await resolveBelow(root, "/lib64/ld.so.2")).toBe(join(root, "lib/ld.so"));
    expect(await resolveBelow(root, "/lib/ld.so.2")).toBe(join(root, "lib/ld.so"));
    await expect(resolveBelow(root, "/lib/circle")).rejects.toThrow("circle");
  } finally {
    rmSync(root, { recursive: true });
  }
});
