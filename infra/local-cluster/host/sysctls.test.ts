import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { clusterPlan } from "../network-plan.ts";
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
    enableForwarding(clusterPlan("ipv4"), root);
    writeFileSync(join(root, "kernel/panic"), "10\n");
    expect(read("net/ipv4/ip_forward")).toBe("1");
    restoreSysctls(before, root);
    expect(readSysctls(root)).toEqual(before);
  });

  it("keep the routes that an interface has from routers while IPv6 is forwarded, and get their values again", () => {
    const settings = { all: "0", default: "0", eth0: "0", wlan0: "0", tun0: "1" };
    const accepted = { all: "1", default: "1", eth0: "1", wlan0: "0", tun0: "2" };
    for (const name of Object.keys(settings) as (keyof typeof settings)[]) {
      mkdirSync(join(root, "net/ipv6/conf", name), { recursive: true });
      writeFileSync(join(root, "net/ipv6/conf", name, "forwarding"), `${settings[name]}\n`);
      writeFileSync(join(root, "net/ipv6/conf", name, "accept_ra"), `${accepted[name]}\n`);
    }
    const before = readSysctls(root);
    enableForwarding(clusterPlan("dual"), root);
    expect(read("net/ipv4/ip_forward")).toBe("1");
    expect(read("net/ipv6/conf/all/forwarding")).toBe("1");
    const now = Object.keys(accepted).map((name) => read(`net/ipv6/conf/${name}/accept_ra`));
    expect(now).toEqual(["1", "2", "2", "0", "2"]);
    // As the kernel does: the general one sets all of them.
    for (const name of Object.keys(settings)) writeFileSync(join(root, "net/ipv6/conf", name, "forwarding"), "1\n");
    rmSync(join(root, "net/ipv6/conf/wlan0"), { recursive: true });
    restoreSysctls(before, root);
    const left = Object.entries(before).filter(([name]) => !name.includes("wlan0"));
    expect(readSysctls(root)).toEqual(Object.fromEntries(left));
  });

  it("are never set by a record that names others", () => {
    restoreSysctls({ "vm/swappiness": "0", "../../etc/passwd": "x" }, root);
    expect(read("vm/swappiness")).toBe("60");
  });
});
