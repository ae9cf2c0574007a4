import { describe, expect, it } from "vitest";
import { resolveCluster } from "./kubernetes.ts";
import { sampleSource } from "./test/sample-source.ts";

describe("resolveCluster", () => {
  const resolve = (written: object, kubeconfigVariable?: string) =>
    resolveCluster(sampleSource({}, { kubeconfigVariable }), written);

  it("names none unless there is a context", () => {
    expect(resolve({})).toEqual({ value: undefined });
    expect(resolve({}, "/home/a:/home/b")).toEqual({ value: undefined });
  });

  it.each([
    ["~/.kube/config by default", {}, undefined, "~/.kube/config"],
    ["$KUBECONFIG where it is set", {}, "/home/a", "/home/a"],
    ["the path that is said, whatever $KUBECONFIG is", { kubeconfig: "/etc/a" }, "/b:/c", "/etc/a"],
    ["a path relative to the project's directory", { kubeconfig: "a/b" }, undefined, "/project/a/b"],
  ])("takes %s", (_, written, variable, kubeconfig) => {
    expect(resolve({ context: "x", ...written }, variable)).toEqual({
      value: { context: "x", kubeconfig, holdsContent: false, clusterIdentifier: "x" },
    });
  });

  it("keeps the cluster's identifier when the context is renamed", () => {
    expect(resolve({ context: "new", clusterIdentifier: "old" })).toMatchObject({
      value: { context: "new", clusterIdentifier: "old" },
    });
  });

  it("tells a kubeconfig's content from its path", () => {
    for (const kubeconfig of ['{"kind":"Config"}', "kind: Config\n"]) {
      expect(resolve({ context: "x", kubeconfig })).toMatchObject({ value: { kubeconfig, holdsContent: true } });
    }
  });

  it("refuses half a cluster, and a kubeconfig of several files", () => {
    expect(resolve({ kubeconfig: "a" })).toMatchObject({ problems: [{ path: "kubernetes.context" }] });
    expect(resolve({ clusterIdentifier: "a" })).toMatchObject({ problems: [{ path: "kubernetes.context" }] });
    expect(resolve({ context: "x" }, "/a:/b")).toMatchObject({ problems: [{ path: "kubernetes.kubeconfig" }] });
  });
});
