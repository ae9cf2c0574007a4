import { describe, expect, it } from "vitest";
import { hintsFor } from "./hints.ts";

describe("commands that are printed", () => {
  it("need no option for the local cluster, whose kubectl is not on the PATH", () => {
    const local = { kind: "local", context: "edge-local", kubeconfig: "/k", kubectl: "/b/kubectl" } as const;
    const { logs, restart, up, kubectl } = hintsFor(local, { stack: "local" });
    expect(logs("$edgeHub", "edge-a", true)).toBe("npx edgectl logs '$edgeHub' --previous -n edge-a");
    expect(restart("sensor", "edge-a")).toBe("npx edgectl restart sensor -n edge-a");
    expect(up).toBe("npx edgectl up --stack local");
    expect(kubectl).toBe("/b/kubectl --kubeconfig /k --context edge-local");
  });

  it("name the cluster, the stack and the project that the command was called with", () => {
    const named = { kind: "named", context: "factory 3", kubeconfig: "/k" } as const;
    const { logs, up } = hintsFor(named, { stack: "berlin", projectOptions: ["--project", "/p"] });
    expect(logs("a", "n", false)).toBe("npx edgectl logs a -n n --context 'factory 3' --kubeconfig /k");
    expect(up).toBe("npx edgectl up --stack berlin --context 'factory 3' --kubeconfig /k --project /p");
  });

  it("name no stack where none is known", () => {
    expect(hintsFor({ kind: "named", context: "c" }, {}).up).toBe("deploy the stack again");
  });
});
