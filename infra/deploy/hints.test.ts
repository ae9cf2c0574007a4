import { describe, expect, it } from "vitest";
import { applySetId, asMember, parentOf } from "./applyset.ts";
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

  it("take a module whose id begins with a dash for no option", async () => {
    const { logs, restart } = hintsFor({ kind: "named", context: "c" }, "s");
    expect(logs("-x", "n", true)).toBe("npx edgectl logs --previous -n n --context c -- -x");
    expect(restart("-x", "n")).toBe("npx edgectl restart -n n --context c -- -x");
  });

  it("leave a blank for the stack where none is known", () => {
    expect(hintsFor({ kind: "named", context: "c" }, undefined).up).toBe("npx edgectl up --stack STACK --context c");
  });
});

describe("what deploys an installation again", () => {
  const target = { kind: "named", context: "c" } as const;
  const stack = (name: string, ...namespaces: string[]) => ({ name, applySet: applySetId(parentOf(name)), namespaces });
  const stacks = [stack("berlin", "edge-a", "edge-b"), stack("oslo", "edge-c"), stack("rome", "edge-c")];
  const object = (namespace: string, more: object = {}) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: "iotedged-config", namespace, uid: "u", resourceVersion: "1", ...more },
  });
  const ofEdgectl = (namespace: string, name: string) =>
    object(namespace, { labels: asMember(object(namespace), parentOf(name)).metadata.labels as object });
  const ofPulumi = (namespace: string) => object(namespace, { managedFields: [{ manager: "pulumi-kubernetes" }] });

  it.each([
    ["is the stack of the project that edgectl has deployed", ofEdgectl("edge-c", "oslo"), "oslo"],
    ["is unknown where the stack is another project's of the same name", ofEdgectl("edge-z", "oslo"), "STACK"],
    ["is unknown where the project has no such stack", ofEdgectl("edge-a", "paris"), "STACK"],
    ["is the only stack that has the namespace, of what Pulumi has deployed", ofPulumi("edge-b"), "berlin"],
    ["is unknown where several stacks have the namespace", ofPulumi("edge-c"), "STACK"],
    ["is unknown where somebody else has deployed it", object("edge-a"), "STACK"],
    ["is unknown where nothing of it was seen", undefined, "STACK"],
  ])("%s", (_, made, name) => {
    expect(hintsFor(target, undefined, stacks).of(made).up).toBe(`npx edgectl up --stack ${name} --context c`);
  });

  it("is the stack that was named, whoever has deployed it", () => {
    expect(hintsFor(target, "berlin", stacks).of(ofEdgectl("edge-c", "oslo")).up).toBe(
      "npx edgectl up --stack berlin --context c",
    );
  });

  it("is a repository where Flux or Argo CD deploys it, which undo what anybody else does", () => {
    const flux = {
      "kustomize.toolkit.fluxcd.io/name": "iotedge",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    expect(hintsFor(target, "berlin").of(object("edge-a", { labels: flux })).up).toBe(
      "by Flux, once what has changed in the stack is rendered and committed: " +
        "kubectl --context c annotate --overwrite kustomizations.kustomize.toolkit.fluxcd.io iotedge -n flux-system " +
        '"reconcile.fluxcd.io/requestedAt=$(date +%s)"',
    );
    const argo = { "argocd.argoproj.io/tracking-id": "it's:apps/Deployment:edge-a/iotedged" };
    expect(hintsFor(target, "berlin").of(object("edge-a", { annotations: argo })).up).toBe(
      "by Argo CD, once what has changed in the stack is rendered and committed: argocd app sync 'it'\\''s'",
    );
  });
});
