import { describe, expect, it } from "vitest";
import { missingPackages } from "./packages.ts";

describe("missingPackages", () => {
  it("names each package with its missing commands", () => {
    const missing = missingPackages((command) => !["conntrack", "ctr", "containerd"].includes(command));
    expect(missing.get("containerd")).toEqual(["containerd", "ctr"]);
    expect(missing.get("conntrack")).toEqual(["conntrack"]);
    expect(missing.has("runc")).toBe(false);
  });
});
