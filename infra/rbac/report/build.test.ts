import { describe, expect, it } from "vitest";
import { builtinObjects, markBuiltin } from "../builtin/builtin-objects.ts";
import type { ClusterObjects } from "../model/objects.ts";
import { indexState } from "../model/state.ts";
import type { Source } from "../source/source.ts";
import { binding, role, rule, serviceAccount, sourceOf, summary } from "../test/sources.ts";
import { buildDiff, buildLint } from "./build.ts";

/** What a live cluster lists once these manifests are applied to it: its own objects, and no files. */
function live(yaml: string, cluster = "prod"): Source {
  const [objects] = sourceOf(yaml).clusters;
  if (objects === undefined) throw new Error("no cluster");
  const { roles, bindings, rulesOf } = indexState(objects, builtinObjects());
  const all: ClusterObjects = {
    ...objects,
    cluster,
    complete: true,
    roles: roles.map((one) => ({ ...one, rules: rulesOf(one), origin: {} })),
    bindings: bindings.map((one) => ({ ...one, origin: {} })),
  };
  return { title: `cluster ${cluster}`, clusters: [markBuiltin(all)] };
}

const manifests =
  serviceAccount("ns", "bot") +
  role("r", `[${rule("list", "secrets")}]`) +
  binding("b", "ClusterRole/r", ["sa:ns/bot"]) +
  role("sum", "[]").replace("rules: []", 'aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: "sum"}}]}') +
  role("part", `[${rule("create", "pods")}]`, undefined, 'labels: {to: "sum"}') +
  binding("s", "ClusterRole/sum", ["group:dev"], "ns");
/** What else a cluster has that this repository knows nothing of. */
const others =
  serviceAccount("cni", "agent") +
  role("cni", `[${rule("patch", "nodes")}]`) +
  binding("cni", "ClusterRole/cni", ["sa:cni/agent"]);

describe("manifests compared with a live cluster", () => {
  it("bring nothing where the cluster has them already, whatever else it has", () => {
    const report = buildDiff(live(manifests + others), sourceOf(manifests), { failOn: "low" });
    expect(report.verdict).toMatchObject({ outcome: "nothing", text: "no permission change" });
    expect(report.findings.filter(({ introduced }) => introduced)).toEqual([]);
  });

  it("change what they change, and nothing else", () => {
    const head = manifests.replace('["list"]', '["list", "watch"]');
    expect(summary(buildDiff(live(manifests + others), sourceOf(head)))).toEqual([
      "ServiceAccount ns/bot new watch secrets @*",
    ]);
  });

  it("take roles and accounts that only the cluster has as they are there", () => {
    const head = sourceOf(
      role("dev", `[${rule("create", "pods")}]`, "cni") + binding("dev", "Role/dev", ["user:eve"], "cni"),
    );
    const other = binding("v", "ClusterRole/cni", ["user:adam"]);
    const report = buildDiff(live(others), { ...head, clusters: [...head.clusters] });
    expect(report.findings.find(({ about }) => about === "User eve")).toMatchObject({
      severity: "high",
      reach: { power: "changing Nodes everywhere" },
      unknown: null,
    });
    expect(summary(buildDiff(live(others), sourceOf(other)))).toEqual(["User adam new patch nodes @*"]);
  });

  it("leave a role unresolved that neither of both has", () => {
    const head = sourceOf(binding("v", "ClusterRole/elsewhere", ["user:adam"]));
    expect(summary(buildDiff(live(others), head))).toEqual(["head missing-role ClusterRoleBinding v roleRef"]);
  });

  it("are gained by who compares the cluster with them", () => {
    expect(summary(buildDiff(sourceOf(manifests), live(manifests + others)))).toEqual([
      "ServiceAccount cni/agent new patch nodes @*",
    ]);
  });

  it("have the same fingerprints in clusters of any name", () => {
    const prints = (source: Source) =>
      buildLint(source).findings.flatMap(({ instances }) => instances.map(({ fingerprint }) => fingerprint));
    expect(prints(live(manifests, "prod"))).toEqual(prints(live(manifests, "test")));
    expect(prints(live(manifests))).toEqual(prints(sourceOf(manifests)));
  });
});
