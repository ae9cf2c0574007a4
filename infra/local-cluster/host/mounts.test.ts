import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mountsBelow, parseMountPoints } from "./mounts.ts";

const line = (point: string) => `36 35 98:0 /root ${point} rw,noatime shared:1 - ext4 /dev/sda1 rw`;

describe("parseMountPoints", () => {
  it("reads mount points in their order", () => {
    expect(parseMountPoints(`${line("/a")}\n${line("/a/b")}\n`)).toEqual(["/a", "/a/b"]);
  });

  it("undoes the kernel's escapes", () => {
    const escaped = (text: string) =>
      text.replace(/[ \t\n\\]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "/", " ", "\\", "\n", "\t", "0") }), (name) => {
        expect(parseMountPoints(line(escaped(`/${name}`)))).toEqual([`/${name}`]);
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseMountPoints(text))));
  });
});

describe("mountsBelow", () => {
  it("finds mounts inside a directory, not the directory itself", () => {
    expect(mountsBelow("/proc/self/nonexistent")).toEqual([]);
    expect(mountsBelow("/dev")).not.toContain("/dev");
  });
});
