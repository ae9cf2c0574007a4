import { describe, expect, it } from "vitest";
import { hintsFor } from "./hints.ts";

describe("commands that are printed", () => {
  it("need no option for the local cluster, whose kubectl is not on the PATH", () => {
    const local = { kind: "local", context: "edge-local", kubeconfig: "/k", kubectl: "/b/kubectl" } as const;
    const { logs, restart, up, kubectl } = hintsFor(local, "local");
    expect(logs("$edgeHub", "edge-a", true)).toBe("npx edgectl logs '$edgeHub' --previous -n edge-a");
    expect(restart("sensor", "edge-a")).toBe("npx edgectl restart sensor -n edge-a");
    expect(up).toBe("npx edgectl up --stack local");
    expect(kubectl).toBe("/b/kubectl --kubeconfig /k --context edge-local");
  });

  it("name the cluster and the stack", () => {
    const named = { kind: "named", context: "factory 3", kubeconfig: "/k" } as const;
    const { logs, up } = hintsFor(named, "berlin");
    expect(logs("a", "n", false)).toBe("npx edgectl logs a -n n --context 'factory 3' --kubeconfig /k");
    expect(up).toBe("npx edgectl up --stack berlin --context 'factory 3' --kubeconfig /k");
  });

  it("leave a blank for the stack where none is known", () => {
    expect(hintsFor({ kind: "named", context: "c" }, undefined).up).toBe("npx edgectl up --stack STACK --context c");
  });
});
