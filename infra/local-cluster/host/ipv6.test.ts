import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { clusterPlan } from "../network-plan.ts";
import { requireIpv6 } from "./ipv6.ts";

const parent = temporaryDirectory();

/** As `/proc/sys/net/ipv6` of a kernel with IPv6. */
function kernelWith(off: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(parent, "ipv6-"));
  for (const scope of ["all", "default", "eth0"]) {
    mkdirSync(join(root, "conf", scope), { recursive: true });
    writeFileSync(join(root, "conf", scope, "disable_ipv6"), `${off[scope] ?? "0"}\n`);
  }
  return root;
}

describe("requireIpv6", () => {
  it("takes a kernel that has it, and a cluster without it any kernel", () => {
    requireIpv6(clusterPlan("dual"), kernelWith({}));
    requireIpv6(clusterPlan("ipv6"), kernelWith({ eth0: "1" }));
    requireIpv6(clusterPlan("ipv4"), join(parent, "none"));
  });

  it.each([
    ["none", () => join(parent, "none"), "ipv6.disable=1"],
    ["all of it off", () => kernelWith({ all: "1" }), "sysctl net.ipv6.conf.all.disable_ipv6 is 1"],
    ["it off for new interfaces", () => kernelWith({ default: "1" }), "sysctl net.ipv6.conf.default.disable_ipv6 is 1"],
  ])("says how a kernel with %s is told so", (_, root, says) => {
    for (const families of ["ipv6", "dual"] as const) {
      expect(() => requireIpv6(clusterPlan(families), root())).toThrow(says);
    }
  });
});
