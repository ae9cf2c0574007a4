import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { enableForwarding, readSysctls, restoreSysctls } from "./sysctls.ts";

const parent = temporaryDirectory();
let root: string;
const read = (name: string) => readFileSync(join(root, name), "utf8").trim();

beforeEach(() => {
  root = mkdtempSync(join(parent, "sysctls-"));
  for (const directory of ["net/ipv4", "kernel", "vm"]) mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, "net/ipv4/ip_forward"), "0\n");
  writeFileSync(join(root, "kernel/panic"), "1\n");
  writeFileSync(join(root, "vm/swappiness"), "60\n");
});

describe("sysctls", () => {
  it("are read as far as the kernel has them", () => {
    expect(readSysctls(root)).toEqual({ "net/ipv4/ip_forward": "0", "kernel/panic": "1" });
  });

  it("get their earlier values again", () => {
    const before = readSysctls(root);
    enableForwarding(root);
    writeFileSync(join(root, "kernel/panic"), "10\n");
    expect(read("net/ipv4/ip_forward")).toBe("1");
    restoreSysctls(before, root);
    expect(readSysctls(root)).toEqual(before);
  });

  it("are never set by a record that names others", () => {
    restoreSysctls({ "vm/swappiness": "0", "../../etc/passwd": "x" }, root);
    expect(read("vm/swappiness")).toBe("60");
  });
});
