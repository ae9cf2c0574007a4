import { readFileSync } from "node:fs";
import { Check } from "typebox/schema";
import { describe, expect, it } from "vitest";
import { buildDiff, buildLint } from "../report/build.ts";
import { binding, role, rule, sourceOf } from "../test/sources.ts";
import { readPlaced } from "./places.ts";
import { readRulesFile } from "./read-rules-file.ts";

const bot = ["sa:ns/bot"];
const bound = (rules: string, namespace?: string) =>
  role("r", `[${rules}]`) + binding("b", "ClusterRole/r", bot, namespace);
const lint = (yaml: string, rules: string) =>
  buildLint(sourceOf(yaml), { rules: readRulesFile(rules, "rules.yaml") }).findings.map(
    (finding) => `${finding.severity} ${finding.rule}`,
  );

const vault = `
rules:
  - id: acme/vault-roles-write
    title: writing roles of the vault
    severity: critical
    namespaced: high
    why: A role of the vault decides who gets which credentials.
    fix: Leave roles to the deployment pipeline.
    source: https://wiki.example.com/vault
    cis: ["5.1.2"]
    mitre: [T1552.007]
    grants:
      - apiGroups: [vault.acme.example]
        resources: [roles, "roles/*"]
        verbs: [create, update, patch]
      - apiGroups: [""]
        resources: [configmaps]
        resourceNames: [vault-roles]
        verbs: [update]
      - nonResourceURLs: [/vault/keys]
        verbs: [get]
`;

describe("a rules file", () => {
  it("may be empty, and changes nothing then", () => {
    for (const text of ["", "{}", "# nothing yet\n"])
      expect(lint(bound(rule("get", "secrets")), text)).toEqual(["critical secrets-read"]);
  });

  it("switches rules off, those about states too", () => {
    const yaml = bound(rule("get", "secrets pods/log"));
    expect(lint(yaml, "disabled: [pods-log]")).toEqual(["critical secrets-read"]);
    const toAll = role("r", `[${rule("list", "pods")}]`) + binding("b", "ClusterRole/r", ["sa:apps/default"]);
    expect(lint(toAll, "disabled: []")).toEqual(["medium default-account"]);
    expect(lint(toAll, "disabled: [default-account]")).toEqual([]);
  });

  it("brings back what a wildcard would say when the rule about wildcards is off", () => {
    const yaml = bound(rule("get", "*", "*"));
    expect(lint(yaml, "")).not.toContain("medium pods-log");
    expect(lint(yaml, "disabled: [wildcard]")).toContain("medium pods-log");
  });

  it("weighs rules otherwise, by scope", () => {
    const text =
      "severities: {pods-log: {cluster: critical}, services-write: {namespace: low}, everyone: {cluster: low}}";
    expect(lint(bound(rule("get", "pods/log")), text)).toEqual(["critical pods-log"]);
    expect(lint(bound(rule("get", "pods/log"), "apps"), text)).toEqual(["low pods-log"]);
    expect(lint(bound(rule("patch", "services"), "apps"), text)).toEqual(["low services-write"]);
    expect(lint(bound(rule("patch", "services"), "apps"), "")).toEqual([]);
    const everyone =
      role("r", `[${rule("list", "pods")}]`) + binding("b", "ClusterRole/r", ["group:system:authenticated"]);
    expect(lint(everyone, text)).toEqual(["low everyone"]);
  });

  it("weighs namespaces of the control plane as the cluster", () => {
    const yaml = bound(rule("patch", "secrets"), "kube-system");
    expect(lint(yaml, "")).toEqual(["critical secrets-write"]);
    expect(lint(yaml, "severities: {secrets-write: {cluster: low, namespace: low}}")).toEqual(["low secrets-write"]);
  });

  it("takes no way away with the rule that is about its steps", () => {
    const yaml =
      bound(rule("create", "pods"), "dev") +
      role("token", `[${rule("create", "serviceaccounts/token")}]`, "ci") +
      binding("token", "Role/token", ["sa:dev/builder"], "ci") +
      binding("admin", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
    const found = lint(yaml, "disabled: [token-request]");
    expect(found).toContain("critical workloads-write");
    expect(found.join()).not.toContain("token-request");
  });

  it("adds rules, found as those of edgectl are", () => {
    const found = (rules: string, namespace?: string) =>
      lint(bound(rules, namespace), vault).filter((text) => text.includes("acme/"));
    const critical = ["critical acme/vault-roles-write"];
    expect(found(rule("patch", "roles", "vault.acme.example"))).toEqual(critical);
    expect(found(rule("patch", "roles/status", "vault.acme.example"))).toEqual(critical);
    expect(found(rule("patch", "*", "vault.acme.example"), "ns")).toEqual(["high acme/vault-roles-write"]);
    expect(found(rule("patch", "roles", "vault.acme.example", "one"))).toEqual(["high acme/vault-roles-write"]);
    expect(found(rule("update", "configmaps", "", "vault-roles"))).toEqual(critical);
    expect(found(rule("update", "configmaps", "", "other"))).toEqual([]);
    expect(found("{nonResourceURLs: ['/vault/*'], verbs: [get]}")).toEqual(critical);
    expect(found("{nonResourceURLs: ['/vault/health'], verbs: [get]}")).toEqual([]);
    expect(found(rule("get", "roles", "vault.acme.example"))).toEqual([]);
  });

  it("counts for both sides of a diff", () => {
    const rules = readRulesFile(vault, "rules.yaml");
    const state = sourceOf(bound(rule("patch", "roles", "vault.acme.example")));
    expect(buildDiff(sourceOf(""), state, { rules }).verdict.worst).toBe("critical");
    expect(buildDiff(state, state, { rules }).verdict.worst).toBeNull();
    const heavier = readRulesFile("severities: {pods-log: {cluster: critical}}", "rules.yaml");
    const reader = sourceOf(bound(rule("get", "pods/log")));
    expect(buildDiff(reader, reader, { rules: heavier }).verdict.worst).toBeNull();
  });

  it("is what docs/rbac-diff.md shows", () => {
    const docs = readFileSync(new URL("../../../docs/rbac-diff.md", import.meta.url), "utf8");
    const example = /### Rules of your own\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? "";
    expect(lint(bound(rule("create", "databases", "acme.example")), example)).toEqual(["high acme/databases-write"]);
    expect(lint(bound(rule("get", "pods/log")), example)).toEqual([]);
    expect(lint(bound(rule("create", "ingresses", "networking.k8s.io")), example)).toEqual(["high ingresses-write"]);
  });

  it("follows the published schema", () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../../docs/schemas/rbac-rules.schema.json", import.meta.url), "utf8"),
    );
    const content = (text: string) => (readPlaced(text) as { content: unknown }).content;
    expect(Check(schema, content(vault))).toBe(true);
    expect(Check(schema, content(vault.replace("id: acme/vault-roles-write", "id: vault")))).toBe(false);
    expect(Check(schema, content("severities: {pods-log: high}"))).toBe(false);
  });
});

describe("a wrong rules file", () => {
  const messageOf = (text: string) => {
    try {
      readRulesFile(text, "r.yaml");
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  it.each([
    ["a list", "- a", "r.yaml:1:1: the file holds no map of usual depth"],
    ["an unknown key", "disabled: []\nrule: []", "r.yaml:2:1: rule is not a known key; .* Did you mean rules\\?"],
    [
      "an unknown rule",
      "disabled:\n  - pods-log\n  - pod-log",
      'r.yaml:3:5: disabled\\[1\\] is "pod-log"; .* Did you mean pods-log\\?',
    ],
    [
      "the rule about what is not known",
      "disabled: [unresolved]",
      'r.yaml:1:12: disabled\\[0\\] is "unresolved"; .* a waiver',
    ],
    [
      "a severity that does not exist",
      "severities:\n  pods-log:\n    cluster: hig",
      'r.yaml:3:5: severities.pods-log.cluster is "hig"; it must be one of low, medium, high, critical. Did you mean high\\?',
    ],
    ["a severity of no rule", "severities:\n  logs: {cluster: low}", 'r.yaml:2:3: severities.logs is "logs"'],
    [
      "no severity",
      "severities:\n  pods-log: {}",
      "r.yaml:2:3: severities.pods-log is a map; it must be a map with cluster",
    ],
    [
      "an id that edgectl may need",
      vault.replace("acme/vault-roles-write", "vault-roles-write"),
      'r.yaml:3:5: rules\\[0\\].id is "vault-roles-write"; it must be ORGANISATION/NAME .* Write it like acme/vault-roles-write.',
    ],
    [
      "a text that would end a table's cell",
      vault.replace("of the vault\n", "of | vault\n"),
      "r.yaml:4:5: rules\\[0\\].title is",
    ],
    ["an address that is none", vault.replace("https:", "javascript:"), "rules\\[0\\].source is .* begins with https"],
    ["a rule without text", vault.replace(/ +why: .*\n/, ""), "r.yaml:3:5: rules\\[0\\].why is missing"],
    [
      "a grant without groups",
      vault.replace("- apiGroups: [vault.acme.example]\n        ", "- "),
      'r.yaml:13:9: rules\\[0\\].grants\\[0\\].apiGroups is missing; .* \\[""\\] is the core group',
    ],
    [
      "resources beside paths",
      vault.replace("nonResourceURLs: [/vault/keys]", "nonResourceURLs: [/vault/keys]\n        resources: [x]"),
      "r.yaml:21:9: rules\\[0\\].grants\\[2\\].resources stands beside nonResourceURLs",
    ],
    [
      "the same id twice",
      `${vault}${vault.replace("\nrules:\n", "")}`,
      'r.yaml:22:5: rules\\[1\\].id is "acme/vault-roles-write", as in rules\\[0\\]',
    ],
  ])("is refused with the place, the value and the way out: %s", (_, text, expected) => {
    expect(messageOf(text)).toMatch(new RegExp(expected));
  });

  it("lists all that is wrong at once", () => {
    const message = messageOf("disabled: [pod-log, secret-read]\nseverities: {evryone: {cluster: low}}\n");
    expect(message).toMatch(/^r\.yaml has 3 problems:/);
    expect(message.split("\n")).toHaveLength(4);
  });

  it.each([
    ["no YAML", "disabled: [", /^r\.yaml:1:12: /],
    ["a key twice", "disabled: []\ndisabled: []", /^r\.yaml:2:1: /],
    ["two documents", "{}\n---\n{}", /^r\.yaml:2:1: /],
  ])("says where %s is", (_, text, message) => expect(messageOf(text)).toMatch(message));

  it("does not grow by aliases", () => {
    const bomb = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`,
    );
    expect(messageOf(`a0: &a0 [x]\n${bomb.join("\n")}\n`)).toContain("aliases");
  });

  it("stays short when much is wrong", () => {
    const message = messageOf(`disabled: [${Array.from({ length: 900 }, (_, index) => `x${index}`).join(", ")}]`);
    expect(message).toMatch(/^r\.yaml has 900 problems/);
    expect(message).toContain("and 850 more");
  });
});
