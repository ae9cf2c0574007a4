import { describe, expect, it } from "vitest";
import { binding, diff, lint, role, rule, sourceOf } from "../test/sources.ts";
import { baselineOf } from "./baseline.ts";
import { buildLint } from "./build.ts";

const bound = (...rules: readonly string[]) =>
  role("r", `[${rules.join(", ")}]`) + binding("b", "ClusterRole/r", ["user:u"]);
/** What counts of a head beside the report of a base. */
const counted = (base: string, head: string) =>
  buildLint(sourceOf(head), { baseline: baselineOf(lint(base)) })
    .findings.filter(({ known }) => !known)
    .map(({ rule: id, severity }) => `${severity} ${id}`);

describe("a baseline", () => {
  const named = bound(rule("update", "configmaps", "", "a"));

  it("covers what it has", () => {
    expect(counted(named, named)).toEqual([]);
  });

  it("covers no finding that got worse", () => {
    expect(counted(named, bound(rule("update", "configmaps")))).toEqual(["high system-config-write"]);
  });

  it("covers no permission that it does not have, though it is no worse", () => {
    const more = bound(rule("update", "configmaps", "", "a b"));
    expect(counted(named, more)).toEqual(["medium system-config-write"]);
  });

  it("covers what is left of a wider permission", () => {
    expect(counted(bound(rule("update", "configmaps")), named)).toEqual([]);
    expect(counted(bound(rule("* get", "secrets", "", "x")), bound(rule("get", "secrets", "", "x")))).toEqual([]);
  });

  it("covers no way that leads further", () => {
    const pods = role("p", `[${rule("create", "pods")}]`) + binding("p", "ClusterRole/p", ["user:u"], "ci");
    const admin = binding("a", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
    expect(counted(pods, pods + admin)).toContain("critical workloads-write");
  });

  it("covers a rule about many permissions up to these", () => {
    const aggregated = (verbs: string) =>
      role(
        "r",
        `[${rule(verbs, "widgets", "example.io")}]`,
        undefined,
        `labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}`,
      );
    expect(counted(aggregated("get list"), aggregated("get"))).toEqual([]);
    expect(counted(aggregated("get"), aggregated("get list"))).toEqual(["medium aggregates-into"]);
  });

  it("covers the same in several namespaces, and in the report of a diff", () => {
    const inside = (namespace: string) =>
      role(`${namespace}-r`, `[${rule("get", "secrets", "", `${namespace}-tls`)}]`, namespace) +
      binding("b", `Role/${namespace}-r`, [`sa:${namespace}/bot`], namespace);
    const both = inside("one") + inside("two");
    expect(counted(both, both)).toEqual([]);
    const known = baselineOf(diff(named, bound(rule("update", "configmaps", "", "a b"))));
    const report = buildLint(sourceOf(bound(rule("update", "configmaps", "", "a b"))), { baseline: known });
    expect(report.verdict.text).toBe("nothing risky");
  });
});
