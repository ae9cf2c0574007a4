import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { moduleDirectory } from "../layout.ts";
import { minimumGo } from "./go-toolchain.ts";
import { binaryNames, goBinaryName, goModules, kubernetesVersion } from "./programs.ts";

const goMod = (module: string) => readFileSync(join(moduleDirectory(module), "go.mod"), "utf8");

describe("the programs", () => {
  it("are all that a cluster runs", () => {
    expect(goModules.flatMap(binaryNames).toSorted()).toEqual([
      "coredns",
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-proxy",
      "kube-scheduler",
      "kubectl",
      "kubelet",
      "pause",
    ]);
  });

  it("report the Kubernetes version that is pinned", () => {
    expect(goMod("kubernetes")).toContain(`k8s.io/kubernetes ${kubernetesVersion}`);
  });

  it("need the Go that error messages name", () => {
    for (const { name } of goModules) expect(goMod(name), name).toContain(`\ngo ${minimumGo}.`);
  });
});

describe("goBinaryName", () => {
  it.each([
    ["k8s.io/kubernetes/cmd/kubelet", "kubelet"],
    ["go.etcd.io/etcd/server/v3", "server"],
    ["local/pause", "pause"],
  ])("of %s is %s", (path, name) => expect(goBinaryName(path)).toBe(name));
});
