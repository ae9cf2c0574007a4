import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tarArchive } from "./tar.ts";

const tar = (args: string[], input: Buffer) => execFileSync("tar", args, { input, env: { TZ: "UTC" } });

describe("tarArchive", () => {
  it("is read by tar, with mode, owner and date", () => {
    const archive = tarArchive([{ path: "bin/pause", content: Buffer.from("program"), mode: 0o755 }]);
    const listing = tar(["--numeric-owner", "-tvf", "-"], archive).toString();
    expect(listing).toMatch(/^-rwxr-xr-x 0\/0 +7 1970-01-01 00:00 bin\/pause\n$/);
  });

  it("keeps contents of every length", () => {
    const lengths = fc.uint8Array({ maxLength: 1_100 });
    fc.assert(
      fc.property(lengths, (content) => {
        const archive = tarArchive([
          { path: "a", content, mode: 0o644 },
          { path: "b", content: Buffer.from("b"), mode: 0o644 },
        ]);
        expect(tar(["-xOf", "-", "a"], archive).equals(content)).toBe(true);
      }),
      { numRuns: 10, examples: [[new Uint8Array(0)], [new Uint8Array(512)], [new Uint8Array(513)]] },
    );
  });

  it.each([100, 101, 127, 240, 255])("keeps names of %d characters", (length) => {
    const path = `${"n".repeat(length - 5)}.yaml`;
    const archive = tarArchive([
      { path, content: Buffer.from("long"), mode: 0o644 },
      { path: "next", content: Buffer.from("next"), mode: 0o644 },
    ]);
    expect(tar(["-tf", "-"], archive).toString()).toBe(`${path}\nnext\n`);
    expect(tar(["-xOf", "-", path], archive).toString()).toBe("long");
  });
});
