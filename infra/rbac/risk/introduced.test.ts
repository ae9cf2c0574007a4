import { describe, expect, it } from "vitest";
import { reachText } from "../output/wording.ts";
import type { FindingEntry } from "../report/model.ts";
import { binding, diff, lint, role, rule, serviceAccount } from "../test/sources.ts";

const bot = ["sa:n/s"];
const held = (...rules: string[]) => role("r", `[${rules.join(", ")}]`) + binding("r", "ClusterRole/r", bot);
const brought = (base: string, head: string) => diff(base, head).findings.filter(({ introduced }) => introduced);
const short = ({ rule, severity, permissions, earlier }: FindingEntry) => ({ rule, severity, permissions, earlier });

describe("what a change brings", () => {
  const get = rule("get", "secrets");

  it("is the new permission alone, by its own severity, with the old one as context", () => {
    const report = diff(held(get), held(get, rule("list", "secrets", "", "tls")));
    expect(report.findings.map((finding) => [finding.introduced, short(finding)])).toEqual([
      [true, { rule: "secrets-read", severity: "high", permissions: ['list secrets "tls"'], earlier: ["get secrets"] }],
      [false, { rule: "secrets-read", severity: "critical", permissions: ["get secrets"], earlier: [] }],
    ]);
    expect(report.verdict).toMatchObject({ worst: "high", text: "1 HIGH, +1 / -0 permissions" });
  });

  it("stands where it changed: in the role, or in the binding where that is new", () => {
    const lines = (base: string, head: string) => brought(base, head).map(({ instances }) => instances[0]?.origin.line);
    const before = held(rule("get", "pods"));
    expect(lines(before, held(rule("get", "pods"), get))).toEqual([2]);
    expect(lines(role("r", `[${get}]`), held(get))).toEqual([7]);
    expect(lines(held(get).replace("name: s}", "name: other}"), held(get))).toEqual([7]);
    expect(lines(before.replace('ClusterRole, name: "r"', 'ClusterRole, name: "view"'), held(get))).toEqual([7]);
  });

  it("is a permission that was there and leads further, where somebody else got more", () => {
    const interns =
      role("dev", `[${rule("create", "jobs", "batch")}]`, "ci") +
      binding("dev", "Role/dev", ["group:interns"], "ci") +
      serviceAccount("ci", "deployer");
    const view = binding("d", "ClusterRole/view", ["sa:ci/deployer"]);
    const admin = binding("d", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
    const of = (findings: readonly FindingEntry[]) => findings.filter(({ about }) => about === "Group interns");
    const [finding, ...rest] = of(brought(interns + view, interns + admin));
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ severity: "critical", leadsFurther: true, earlier: [] });
    expect(finding && reachText(finding)).toBe(
      "Group interns -> create jobs.batch in ci -> ServiceAccount ci/deployer -> cluster-admin",
    );
    expect(of(brought(interns + admin, interns + admin))).toEqual([]);
    expect(of(brought(interns + admin, interns + view))).toEqual([]);
  });

  it("is no permission that a group already gave", () => {
    const group = held(get).replace(/subjects: .*/, "subjects: [{kind: Group, name: system:serviceaccounts:n}]");
    const both = group + binding("own", "ClusterRole/r", bot);
    expect(brought(group, both)).toEqual([]);
  });

  it("is a right of an installation that it did not have, with those that it had as context", () => {
    const installation = serviceAccount("n", "edgeagent") + serviceAccount("n", "iotedged");
    const agent = (verbs: string) =>
      installation +
      role("r", `[${rule(verbs, "pods")}]`, "other") +
      binding("b", "Role/r", ["sa:n/edgeagent"], "other");
    expect(brought(agent("list"), agent("list watch")).map(short)).toEqual([
      { rule: "edgeagent-confined", severity: "critical", permissions: ["watch pods"], earlier: ["list pods"] },
    ]);
  });
});

describe("fingerprints", () => {
  const broken = "kind: [\n";
  const prints = (yaml: string, file: string) =>
    lint(yaml, file).findings.flatMap(({ instances }) => instances.map(({ fingerprint }) => fingerprint));

  it("are the same in another folder, also of a document that cannot be read", () => {
    const here = prints(`${held(rule("get", "secrets"))}---\n${broken}`, "/tmp/base/x.yaml");
    expect(here).toHaveLength(2);
    expect(prints(`${held(rule("get", "secrets"))}---\n${broken}`, "deploy/x.yaml")).toEqual(here);
  });

  it("tell documents apart that cannot be read", () => {
    expect(prints(broken, "x.yaml")).not.toEqual(prints("kind: {\n", "x.yaml"));
  });
});

describe("scopes of a finding", () => {
  const group = (...namespaces: string[]) =>
    role("r", `[${rule("get", "secrets")}]`) +
    namespaces.map((namespace) => binding("b", "ClusterRole/r", ["group:developers"], namespace)).join("");

  it("are all listed", () => {
    const [finding, ...rest] = lint(group("dev", "production")).findings;
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      about: "Group developers",
      scopes: ["dev", "production"],
      via: ["RoleBinding {namespace}/b -> ClusterRole r"],
      instances: [{ scope: "dev" }, { scope: "production" }],
    });
  });

  it("are those that the change adds, where some were there", () => {
    expect(brought(group("dev"), group("dev", "production")).map(({ scopes }) => scopes)).toEqual([["production"]]);
  });
});
