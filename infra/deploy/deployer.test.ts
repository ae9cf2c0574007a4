import { expect, it } from "vitest";
import { asMember, parentOf } from "./applyset.ts";
import { deployerOf, isGitOps } from "./deployer.ts";

const flux = {
  "kustomize.toolkit.fluxcd.io/name": "iotedge",
  "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
};
const base = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "iotedged-config", namespace: "edge-a" } };
const ofEdgectl = asMember(base, parentOf("line")).metadata.labels as Record<string, string>;
const live = (more: object) => ({ ...base, metadata: { ...base.metadata, uid: "u", resourceVersion: "1", ...more } });

it.each([
  ["a Kustomization of Flux", { labels: flux }, { by: "flux", name: "iotedge", namespace: "flux-system" }, true],
  [
    "an Application of Argo CD, by its annotation",
    { annotations: { "argocd.argoproj.io/tracking-id": "plant:/ConfigMap:edge-a/iotedged-config" } },
    { by: "argo-cd", application: "plant" },
    true,
  ],
  [
    "an Application of Argo CD, by its label",
    { labels: { "argocd.argoproj.io/instance": "plant" } },
    { by: "argo-cd", application: "plant" },
    true,
  ],
  ["edgectl", { labels: ofEdgectl }, { by: "edgectl", applySet: expect.stringMatching(/^applyset-.*-v1$/) }, false],
  ["Pulumi", { managedFields: [{ manager: "pulumi-kubernetes-1a2b" }] }, { by: "pulumi" }, false],
  ["Flux where edgectl had it before", { labels: { ...ofEdgectl, ...flux } }, { by: "flux" }, true],
  ["nobody who is known", { managedFields: [{ manager: "kubectl" }] }, undefined, false],
])("an object tells that it is deployed by %s", (_, more, expected, ofRepository) => {
  const found = deployerOf(live(more));
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
  expect(isGitOps(found)).toBe(ofRepository);
});
