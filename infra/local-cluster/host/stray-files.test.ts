import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { kubeletFiles, parseSocketPaths, removeEmpty } from "./stray-files.ts";

const sockets = `Num       RefCount Protocol Flags    Type St Inode Path
00000000b7a1a5c2: 00000002 00000000 00010000 0001 01 18044 /run/containerd/s/286ab7
0000000011d0c2aa: 00000003 00000000 00000000 0001 03 18050
000000004c5f2d1e: 00000002 00000000 00010000 0001 01 18051 @pulumi-iotedge-0f
00000000aabbccdd: 00000002 00000000 00010000 0001 01 18052 /srv/my files/a.sock
`;

describe("parseSocketPaths", () => {
  it("finds the sockets that have a file", () => {
    expect(parseSocketPaths(sockets)).toEqual(["/run/containerd/s/286ab7", "/srv/my files/a.sock"]);
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseSocketPaths(text))));
  });
});

it("finds what the kubelet leaves among the sockets of device plugins, and leaves these to the plugins", () => {
  const directory = mkdtempSync(join(tmpdir(), "device-plugins-"));
  try {
    for (const name of ["kubelet_internal_checkpoint", "vendor.sock"]) writeFileSync(join(directory, name), "");
    expect(kubeletFiles(directory)).toEqual([join(directory, "kubelet_internal_checkpoint")]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("removeEmpty", () => {
  const parent = temporaryDirectory();
  const made = (name: string) => {
    const directory = join(parent, name);
    mkdirSync(directory);
    return directory;
  };

  it("removes what is empty alone", () => {
    const [empty, used] = [made("empty"), made("used")];
    writeFileSync(join(used, "file"), "");
    for (const directory of [empty, used, join(parent, "none")]) removeEmpty(directory);
    expect([existsSync(empty), existsSync(used)]).toEqual([false, true]);
  });

  it.skipIf(process.getuid?.() !== 0)("leaves a directory that something is mounted at", () => {
    const directory = made("mounted");
    execFileSync("mount", ["-t", "tmpfs", "none", directory]);
    try {
      removeEmpty(directory);
      expect(existsSync(directory)).toBe(true);
    } finally {
      execFileSync("umount", [directory]);
    }
  });
});
