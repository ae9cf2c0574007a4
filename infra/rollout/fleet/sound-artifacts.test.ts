import { describe, expect, it } from "vitest";
import { checkFleet } from "./load-fleet.ts";

const strategy = { waves: [{ name: "all", canary: true }] };
const check = (clusters: readonly object[], gitops?: object) => checkFleet({ name: "f", strategy, clusters, gitops });
const problemsOf = (...given: Parameters<typeof check>) => {
  const checked = check(...given);
  return "fleet" in checked ? [] : checked.problems.map(({ path, found, remedy }) => `${path} ${found}. ${remedy}`);
};
const all = { artifact: "oci://r.example.com/fleet/{cluster}:stable" };
const engine = "gitops";

describe("clusters of GitOps", () => {
  it("have the fleet's artifact or their own, and report unless they have a context", () => {
    const clusters = [
      { name: "a", engine },
      { name: "b", engine, context: "b", gitops: { artifact: "oci://r:5000/b:next", kustomization: "edge/b" } },
      { name: "c" },
    ];
    const checked = check(clusters, { ...all, silence: "1h" });
    if (!("fleet" in checked)) throw new Error(JSON.stringify(checked.problems));
    expect(checked.fleet.clusters.map(({ gitops }) => gitops)).toEqual([
      {
        repository: "r.example.com/fleet/a",
        tag: "stable",
        insecure: false,
        kustomization: "flux-system/iotedge",
        silenceMs: 3_600_000,
        observe: "events",
      },
      {
        repository: "r:5000/b",
        tag: "next",
        insecure: false,
        kustomization: "edge/b",
        silenceMs: 3_600_000,
        observe: "api",
      },
      undefined,
    ]);
  });

  it.each([
    ["none", undefined, "clusters[0].gitops.artifact is missing"],
    ["one tag for two clusters", { artifact: "oci://r.example.com/fleet:stable" }, "as that of clusters[0]"],
    ["no tag", { artifact: "oci://r.example.com/{cluster}" }, "gitops.artifact is"],
    ["a digest", { artifact: `oci://r.example.com/{cluster}@sha256:${"0".repeat(64)}` }, "artifact is"],
    ["another scheme", { artifact: "https://r.example.com/{cluster}:a" }, "gitops.artifact is"],
  ])("are refused with %s", (_, gitops, problem) => {
    expect(
      problemsOf(
        [
          { name: "a", engine },
          { name: "b", engine },
        ],
        gitops,
      ).join("\n"),
    ).toContain(problem);
  });

  it("are refused where a registry cannot have a path of the cluster's name", () => {
    expect(problemsOf([{ name: "North", engine }], all)).toEqual([expect.stringContaining("in small letters")]);
  });
});
