import { describe, expect, it } from "vitest";
import { binding, lint, role, rule } from "../test/sources.ts";
import { checks } from "./checks.ts";
import { permissionRules, retiredRuleIds } from "./permission-rules.ts";
import { attackTechniques, cisControls } from "./references.ts";

const rbac = "rbac.authorization.k8s.io";
const certificates = "certificates.k8s.io";

const findings = (rules: string, namespace?: string, subject = "sa:ns/bot") =>
  lint(role("r", `[${rules}]`) + binding("b", "ClusterRole/r", [subject], namespace)).findings;
const severityOf = (id: string, rules: string, namespace?: string, subject?: string) =>
  findings(rules, namespace, subject).find((finding) => finding.rule === id)?.severity;

describe("rules about permissions", () => {
  it("find wildcards of verbs, resources and paths", () => {
    expect(severityOf("everything", rule("*", "*", "*"))).toBe("critical");
    expect(severityOf("everything", rule("get", "*", "*"))).toBeUndefined();
    expect(severityOf("wildcard-paths", "{nonResourceURLs: ['*'], verbs: [get]}")).toBe("medium");
    expect(severityOf("wildcard-paths", "{nonResourceURLs: ['/healthz/*'], verbs: [get]}")).toBeUndefined();
  });

  it("say what, why, what instead and where it is written, with references that exist", () => {
    for (const { id, title, why, fix, source, cis = [], mitre = [] } of [...permissionRules, ...checks]) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const text of [title, why, fix]) expect(text.length).toBeGreaterThan(8);
      expect(source).toMatch(/^https:\/\//);
      for (const control of cis) expect(cisControls, id).toHaveProperty([control]);
      for (const technique of mitre) expect(attackTechniques, id).toHaveProperty([technique]);
    }
  });

  it("keep their ids: waivers, baselines and rules files name them", async () => {
    const ids = [...permissionRules, ...checks].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => retiredRuleIds.includes(id))).toEqual([]);
    await expect(`${[...ids, ...retiredRuleIds].sort().join("\n")}\n`).toMatchFileSnapshot("golden/rule-ids.txt");
  });

  it("see through wildcards, and say 'everything' only once", () => {
    expect(severityOf("nodes-proxy", rule("get", "*"))).toBe("critical");
    expect(severityOf("pods-exec", rule("create", "*/exec"))).toBe("critical");
    expect(findings(rule("*", "*", "*")).map((finding) => finding.rule)).toEqual(["everything"]);
  });

  it("weigh scope, names and who holds it", () => {
    const readSecrets = rule("get", "secrets");
    expect(severityOf("secrets-read", readSecrets)).toBe("critical");
    expect(severityOf("secrets-read", readSecrets, "ns")).toBe("high");
    expect(severityOf("secrets-read", rule("get", "secrets", "", "tls"), "ns")).toBe("medium");
    expect(severityOf("secrets-read", readSecrets, "ns", "group:system:authenticated")).toBe("critical");
    expect(severityOf("system-config-write", rule("update", "configmaps"), "kube-system")).toBe("high");
    expect(severityOf("system-config-write", rule("update", "configmaps"), "ns")).toBeUndefined();
    const named = (name: string) =>
      severityOf("system-config-write", rule("update", "configmaps", "", name), "kube-system");
    expect([named("coredns"), named("kube-proxy")]).toEqual(["high", "medium"]);
  });

  it("leave out what a wildcard of resources says already", () => {
    expect(severityOf("config-read", rule("get", "configmaps"))).toBe("low");
    expect(severityOf("config-read", rule("get", "*"))).toBeUndefined();
    expect(severityOf("pods-log", rule("get", "*"))).toBe("medium");
    expect(severityOf("pods-log", rule("get", "*", "*"))).toBeUndefined();
    expect(severityOf("wildcard", rule("get", "*", "*"))).toBe("medium");
    // In a namespace of the control plane both count as in the cluster.
    expect(severityOf("wildcard", rule("get", "*", "*"), "kube-system")).toBe("medium");
    expect(severityOf("pods-log", rule("get", "*", "*"), "kube-system")).toBeUndefined();
    expect(severityOf("secrets-read", rule("get", "*", "*"))).toBe("critical");
  });

  it("name constrained impersonation by its verbs, not by wildcards alone", () => {
    expect(severityOf("impersonate-on", rule("impersonate-on:associated-node:get", "pods"))).toBe("medium");
    expect(severityOf("impersonate-on", rule("*", "pods"))).toBeUndefined();
    const node = (names: string) => rule("impersonate:associated-node", "nodes", "authentication.k8s.io", names);
    expect(severityOf("impersonate-node", node("*"))).toBe("high");
    expect(severityOf("impersonate-node", node("worker-1"))).toBe("medium");
    const extra = rule("impersonate:user-info", "userextras/example.com/scopes", "authentication.k8s.io");
    expect(severityOf("impersonate-user-info", extra)).toBe("high");
  });

  it("know that keys of extra fields are subresources", () => {
    expect(severityOf("impersonate", rule("impersonate", "userextras/scopes", "authentication.k8s.io"))).toBe(
      "critical",
    );
  });

  it("do not take a name for narrow that means as much as all", () => {
    expect(severityOf("impersonate", rule("impersonate", "groups", "", "system:masters"))).toBe("critical");
    expect(severityOf("impersonate", rule("impersonate", "groups", "", "operators"))).toBe("high");
    expect(severityOf("bind", rule("bind", "clusterroles", rbac, "view cluster-admin"))).toBe("critical");
    expect(severityOf("bind", rule("bind", "clusterroles", rbac, "view"))).toBe("high");
    const signer = (name: string) => severityOf("csr-approve", rule("approve", "signers", certificates, name));
    expect(signer("kubernetes.io/kube-apiserver-client")).toBe("critical");
    expect(signer("example.com/mine")).toBe("high");
  });

  it("do not count what belongs to the cluster where it is granted in a namespace", () => {
    expect(severityOf("nodes-proxy", rule("get", "nodes/proxy"), "ns")).toBeUndefined();
  });
});
