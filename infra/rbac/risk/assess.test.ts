import { describe, expect, it } from "vitest";
import { builtinObjects } from "../builtin/builtin-objects.ts";
import { binding, diff, role, rule } from "../test/sources.ts";

const bot = ["sa:ns/bot"];
const everywhere = (...rules: string[]) => role("r", `[${rules.join(", ")}]`) + binding("b", "ClusterRole/r", bot);
const inNamespace = (...rules: string[]) =>
  role("r", `[${rules.join(", ")}]`) + binding("b", "ClusterRole/r", bot, "apps");
const introduced = (base: string, head: string) =>
  diff(base, head)
    .findings.filter((finding) => finding.introduced)
    .map(({ rule, severity }) => `${severity} ${rule}`);

describe("what a change that only takes away leaves", () => {
  it.each([
    ["a name of all", everywhere(rule("get", "secrets")), everywhere(rule("get", "secrets", "", "tls"))],
    ["one namespace of all", everywhere(rule("get", "secrets")), inNamespace(rule("get", "secrets"))],
    ["a resource of a wildcard", everywhere(rule("get", "*")), everywhere(rule("get", "secrets"))],
    ["a verb of everything", everywhere(rule("*", "*", "*")), everywhere(rule("get", "secrets"))],
    [
      "a path of a wildcard",
      everywhere("{nonResourceURLs: ['*'], verbs: ['*']}"),
      everywhere("{nonResourceURLs: ['/*'], verbs: [get]}"),
    ],
  ])("is no risk that it brings: %s", (_, base, head) => {
    expect(introduced(base, head)).toEqual([]);
  });
});

describe("a built-in role that a change replaces", () => {
  const discovery = (rules: string) => role("system:discovery", `[${rules}]`);
  const unchanged = builtinObjects().roles.find(({ name }) => name === "system:discovery");

  it("is judged by whom the API server binds to it", () => {
    const [finding] = diff("", discovery(rule("list", "secrets"))).findings.filter((one) => one.introduced);
    expect(finding).toMatchObject({
      rule: "secrets-read",
      severity: "critical",
      about: "Group system:authenticated",
      instances: [{ origin: { file: "head.yaml" } }],
    });
  });

  it("is no risk while it is what the API server makes", () => {
    expect(introduced("", discovery(JSON.stringify(unchanged?.rules).slice(1, -1)))).toEqual([]);
  });
});

describe("what a change adds", () => {
  it.each([
    [
      "all of a name",
      everywhere(rule("get", "secrets", "", "tls")),
      everywhere(rule("get", "secrets")),
      "critical secrets-read",
    ],
    [
      "all namespaces of one",
      inNamespace(rule("get", "secrets")),
      everywhere(rule("get", "secrets")),
      "critical secrets-read",
    ],
    [
      "a name beside another",
      everywhere(rule("get", "secrets", "", "a")),
      everywhere(rule("get", "secrets", "", "a b")),
      "high secrets-read",
    ],
    [
      "a verb beside another",
      everywhere(rule("get", "secrets")),
      everywhere(rule("get list", "secrets")),
      "critical secrets-read",
    ],
    [
      "a wildcard of all that there is",
      everywhere(rule("get", "secrets pods")),
      everywhere(rule("get", "*")),
      "medium wildcard",
    ],
  ])("is one: %s", (_, base, head, finding) => {
    expect(introduced(base, head)).toContain(finding);
  });
});
