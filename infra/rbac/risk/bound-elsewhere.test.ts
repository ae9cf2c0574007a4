import { describe, expect, it } from "vitest";
import { binding, diff, role, rule } from "../test/sources.ts";

const everything = "[{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]";
const pods = `[${rule("get", "pods")}]`;
const found = (base: string, head: string) =>
  diff(base, head).findings.map(({ severity, rule: id, about, introduced }) => {
    expect(introduced).toBe(true);
    return `${severity} ${id}: ${about}`;
  });
const adding = (rules: string) => role("mm", rules, undefined, `labels: {example.com/aggregate-to-monitoring: "true"}`);

describe("roles that no binding of the input refers to", () => {
  it("are judged by what they gain, for whoever is bound to them elsewhere", () => {
    expect(found(role("monitoring", pods), role("monitoring", everything))).toEqual([
      "critical everything: whoever is bound to ClusterRole monitoring elsewhere",
    ]);
    expect(found(role("r", pods, "ci"), role("r", everything, "ci"))).toEqual([
      "high everything: whoever is bound to Role ci/r elsewhere",
    ]);
  });

  it("are judged where they add to a role that is not in the input", () => {
    expect(found("", adding(everything))).toEqual([
      "critical everything: whoever is bound elsewhere to what ClusterRole mm adds to",
    ]);
  });

  it("are judged by the role that they add to where the input has it", () => {
    const sum = role("sum", "[]").replace(
      "rules: []",
      'aggregationRule: {clusterRoleSelectors: [{matchLabels: {example.com/aggregate-to-monitoring: "true"}}]}',
    );
    expect(found(sum, sum + adding(everything))).toEqual([
      "critical everything: whoever is bound to ClusterRole sum elsewhere",
    ]);
    const bound = sum + binding("b", "ClusterRole/sum", ["user:u"]);
    expect(found(bound, bound + adding(everything))).toEqual(["critical everything: User u"]);
  });

  it("lead where their permissions lead", () => {
    const admin = binding("a", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
    const head = role("r", `[${rule("create", "pods")}]`, "ci") + admin;
    const [finding] = diff(role("r", pods, "ci") + admin, head).findings.filter(({ introduced }) => introduced);
    expect(finding).toMatchObject({ severity: "critical", reach: { power: "cluster-admin" } });
  });

  it("are nobody's when they are new, and no finding when they lose or gain what is harmless", () => {
    expect(found("", role("r", everything))).toEqual([]);
    expect(found(role("r", everything), role("r", pods))).toEqual([]);
    expect(found(role("r", pods), role("r", `[${rule("get list", "pods")}]`))).toEqual([]);
  });
});
