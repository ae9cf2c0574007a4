import { describe, expect, it } from "vitest";
import { builtinObjects } from "../../builtin/builtin-objects.ts";
import { indexPower } from "../../model/power.ts";
import { indexState } from "../../model/state.ts";
import { reachText } from "../../output/wording.ts";
import { binding, lint, role, rule, serviceAccount, sourceOf } from "../../test/sources.ts";
import { indexMatches } from "../matches.ts";
import { standardRules } from "../rule-set.ts";
import { buildGraph } from "./build-graph.ts";

const rbac = "rbac.authorization.k8s.io";
const certificates = "certificates.k8s.io";
const who = "user:eve";

/** Eve has these rules: in a namespace, or everywhere. */
const eve = (rules: readonly string[], namespace?: string) =>
  role("eve", `[${rules.join(", ")}]`) + binding("eve", "ClusterRole/eve", [who], namespace);
/** Somebody has a role everywhere. */
const holds = (subject: string, roleName = "cluster-admin", name = "target") =>
  binding(name, `ClusterRole/${roleName}`, [subject]);
const admin = holds("sa:ci/deployer");

const tokenSecret = (namespace: string, name: string, account: string) =>
  `---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: {name: ${name}, namespace: ${namespace}, annotations: {kubernetes.io/service-account.name: ${account}}}\n`;
const pod = (namespace: string, name: string, account: string) =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {serviceAccountName: ${account}}\n`;

/** Severity and way of each of Eve's findings that lead somewhere, and what is not known. */
const told = (yaml: string) =>
  lint(yaml)
    .findings.filter(({ about }) => about === "User eve")
    .flatMap((finding) => [
      ...(finding.reach === null ? [] : [`${finding.severity} ${reachText(finding).replace("User eve -> ", "")}`]),
      ...(finding.unknown === null ? [] : [`unknown: ${finding.unknown}`]),
    ]);

const deployer = "ServiceAccount ci/deployer -> cluster-admin";
const create = (resource: string, group = "") => rule("create", resource, group);
const unknownCi = "unknown: the ServiceAccounts of ci, which are not in this input";

const cases: Readonly<Record<string, { readonly yaml: string; readonly ways: readonly string[] }>> = {
  "creating what makes pods leads to the accounts of the namespace": {
    yaml: eve([create("jobs", "batch")], "ci") + admin,
    ways: [`critical create jobs.batch in ci -> ${deployer}`],
  },
  "changing a workload that has a name leads to all accounts as well": {
    yaml: eve([rule("patch", "deployments", "apps", "web")], "ci") + admin,
    ways: [`critical patch deployments.apps "web" in ci -> ${deployer}`],
  },
  "creating what operators make pods of leads there as well": {
    yaml:
      eve(
        [
          create("workflows rollouts", "argoproj.io"),
          create("taskruns", "tekton.dev"),
          create("virtualmachines", "kubevirt.io"),
        ],
        "ci",
      ) + admin,
    ways: [
      `critical create rollouts.argoproj.io in ci -> ${deployer}`,
      `critical create taskruns.tekton.dev in ci -> ${deployer}`,
      `critical create virtualmachines.kubevirt.io in ci -> ${deployer}`,
      `critical create workflows.argoproj.io in ci -> ${deployer}`,
    ],
  },
  "what a wildcard of resources leads to is told, though it is no worse than the wildcard by itself": {
    yaml: eve([rule("patch", "*", "apps", "web")], "ci") + admin,
    ways: [`critical patch *.apps "web" in ci -> ${deployer}`],
  },
  "what such a wildcard may lead to is told": {
    yaml: eve([rule("patch", "*", "apps", "web")], "ci"),
    ways: [unknownCi],
  },
  "accounts of other namespaces are out of reach": {
    yaml: eve([create("pods")], "other") + serviceAccount("other", "default") + admin,
    ways: [],
  },
  "what an account may do that is not everything counts as itself": {
    yaml: eve([create("pods")], "ci") + role("reader", `[${rule("get", "secrets")}]`) + holds("sa:ci/x", "reader"),
    ways: ["critical create pods in ci -> ServiceAccount ci/x -> reading Secrets everywhere"],
  },
  "several steps, by the shortest way": {
    yaml:
      eve([create("pods")], "dev") +
      role("one", `[${create("serviceaccounts/token")}]`, "ci") +
      binding("one", "Role/one", ["sa:dev/builder"], "ci") +
      role("longer", `[${create("pods")}]`, "dev2") +
      binding("longer", "Role/longer", ["sa:dev/builder"], "dev2") +
      role("last", `[${create("pods")}]`, "ci") +
      binding("last", "Role/last", ["sa:dev2/x"], "ci") +
      admin,
    ways: [
      `critical create pods in dev -> ServiceAccount dev/builder -> create serviceaccounts/token in ci -> ${deployer}`,
    ],
  },
  "what an aggregated role takes over leads on": {
    yaml:
      eve([create("pods")], "dev") +
      role("sum", "[]").replace("rules: []", 'aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: "sum"}}]}') +
      role("part", `[${rule("impersonate", "serviceaccounts")}]`, undefined, 'labels: {to: "sum"}') +
      holds("sa:dev/builder", "sum", "sum") +
      admin,
    ways: [`critical create pods in dev -> ServiceAccount dev/builder -> impersonate serviceaccounts -> ${deployer}`],
  },
  "a group of all accounts of the namespace is theirs who take one of them": {
    yaml: eve([create("pods")], "ci") + holds("group:system:serviceaccounts:ci"),
    ways: ["critical create pods in ci -> Group system:serviceaccounts:ci -> cluster-admin"],
  },
  "a group of everybody is nobody's gain": {
    yaml: eve([create("pods")], "ci") + serviceAccount("ci", "default") + holds("group:system:authenticated"),
    ways: [],
  },
  "a token of one account": {
    yaml: eve([rule("create", "serviceaccounts/token", "", "deployer")], "ci") + admin,
    ways: [`critical create serviceaccounts/token "deployer" in ci -> ${deployer}`],
  },
  "a token of another account": {
    yaml: eve([rule("create", "serviceaccounts/token", "", "web")], "ci") + admin,
    ways: [],
  },
  "commands in pods, which may run as any account": {
    yaml: eve([create("pods/exec")], "ci") + admin,
    ways: [`critical create pods/exec in ci -> ${deployer}`],
  },
  "commands in a pod that runs as another account": {
    yaml: eve([rule("create", "pods/exec", "", "web-0")], "ci") + pod("ci", "web-0", "web") + admin,
    ways: [],
  },
  "commands in a pod that runs as this account": {
    yaml: eve([rule("create", "pods/exec", "", "web-0")], "ci") + pod("ci", "web-0", "deployer") + admin,
    ways: [`critical create pods/exec "web-0" in ci -> ${deployer}`],
  },
  "a Secret that holds a token": {
    yaml: eve([rule("get", "secrets")], "ci") + tokenSecret("ci", "old", "deployer") + admin,
    ways: [`critical get secrets in ci -> ${deployer}`],
  },
  "Secrets of which the input has no token": {
    yaml: eve([rule("get", "secrets")], "ci") + admin,
    ways: ["unknown: whose tokens are among the Secrets of ci"],
  },
  "the one Secret that holds a token, by its name": {
    yaml: eve([rule("get", "secrets", "", "old")], "ci") + tokenSecret("ci", "old", "deployer") + admin,
    ways: [`critical get secrets "old" in ci -> ${deployer}`],
  },
  "another Secret by its name": {
    yaml: eve([rule("get", "secrets", "", "tls")], "ci") + tokenSecret("ci", "old", "deployer") + admin,
    ways: [],
  },
  "a Secret that is made for a token, and read": {
    yaml: eve([rule("create list", "secrets")], "ci") + admin,
    ways: [`critical create, list secrets in ci -> ${deployer}`, `critical create, list secrets in ci -> ${deployer}`],
  },
  "a Secret that is made and cannot be read": { yaml: eve([create("secrets")], "ci") + admin, ways: [] },
  "impersonating accounts of the namespace": {
    yaml: eve([rule("impersonate", "serviceaccounts")], "ci") + admin,
    ways: [`critical impersonate serviceaccounts in ci -> ${deployer}`],
  },
  "impersonating one user": {
    yaml: eve([rule("impersonate", "users", "", "alice")]) + holds("user:alice"),
    ways: [`critical impersonate users "alice" -> User alice -> cluster-admin`],
  },
  "impersonating one user who may do nothing": { yaml: eve([rule("impersonate", "users", "", "bob")]), ways: [] },
  "impersonating users in a namespace, where there are none": {
    yaml: eve([rule("impersonate", "users")], "ci") + holds("user:alice"),
    ways: [],
  },
  "an account is no user to who may impersonate users": {
    yaml: eve([rule("impersonate", "users", "", "system:serviceaccount:ci:deployer")]) + admin,
    ways: [],
  },
  "impersonating administrators together with anybody": {
    yaml: eve([rule("impersonate", "groups", "", "system:masters"), rule("impersonate", "users", "", "bob")]),
    ways: [
      `critical impersonate groups "system:masters" and impersonate users "bob" -> Group system:masters -> cluster-admin`,
    ],
  },
  "impersonating a group without anybody in it": {
    yaml: eve([rule("impersonate", "groups", "", "system:masters")]),
    ways: [],
  },
  "binding any role": {
    yaml: eve([rule("bind", "clusterroles", rbac), create("clusterrolebindings", rbac)]),
    ways: [`critical bind clusterroles.${rbac} and create clusterrolebindings.${rbac} -> cluster-admin`],
  },
  "binding roles without writing bindings": { yaml: eve([rule("bind", "clusterroles", rbac)]), ways: [] },
  "binding a role in a namespace, which then leads to its accounts": {
    yaml: eve([rule("bind", "clusterroles", rbac), create("rolebindings", rbac)], "ci") + admin,
    ways: [
      `critical bind clusterroles.${rbac} and create rolebindings.${rbac} in ci -> everything in ci -> create pods in ci -> ${deployer}`,
    ],
  },
  "binding one role": {
    yaml:
      eve([rule("bind", "clusterroles", rbac, "reader"), create("clusterrolebindings", rbac)]) +
      role("reader", `[${rule("get", "secrets")}]`),
    ways: [
      `critical bind clusterroles.${rbac} "reader" and create clusterrolebindings.${rbac} -> ClusterRole reader -> reading Secrets everywhere`,
    ],
  },
  "escalating the own role": {
    yaml: eve([rule("escalate update", "clusterroles", rbac)]),
    ways: [`critical escalate, update clusterroles.${rbac} -> cluster-admin`],
  },
  "escalating without writing roles": { yaml: eve([rule("escalate", "clusterroles", rbac)]), ways: [] },
  "escalating a role that is somebody else's": {
    yaml: eve([rule("escalate update", "clusterroles", rbac, "other")]),
    ways: [],
  },
  "certificates of any user, where all of it comes together": {
    yaml:
      eve([
        create("certificatesigningrequests", certificates),
        rule("update", "certificatesigningrequests/approval", certificates),
        rule("approve", "signers", certificates, "kubernetes.io/kube-apiserver-client"),
      ]) + holds("user:alice"),
    ways: [
      `critical update certificatesigningrequests.${certificates}/approval and create certificatesigningrequests.${certificates} and approve signers.${certificates} "kubernetes.io/kube-apiserver-client" -> User alice -> cluster-admin`,
    ],
  },
  "a controller's account that the API server brings along": {
    yaml: eve([create("serviceaccounts/token")], "kube-system"),
    ways: [
      `critical create serviceaccounts/token in kube-system -> ServiceAccount kube-system/clusterrole-aggregation-controller -> escalate, patch clusterroles.${rbac} -> cluster-admin`,
    ],
  },
  "namespaces whose accounts the input does not have": { yaml: eve([create("pods")], "ci"), ways: [unknownCi] },
  "namespaces whose accounts the input has": {
    yaml: eve([create("pods")], "ci") + serviceAccount("ci", "default"),
    ways: [],
  },
  "what is not known after a step": {
    yaml:
      eve([create("pods")], "dev") +
      serviceAccount("dev", "builder") +
      role("one", `[${create("serviceaccounts/token")}]`, "ci") +
      binding("one", "Role/one", ["sa:dev/builder"], "ci"),
    ways: [
      "high create pods in dev -> ServiceAccount dev/builder -> requesting tokens of ServiceAccounts in ci",
      "unknown: create pods in dev -> ServiceAccount dev/builder -> create serviceaccounts/token in ci -> the ServiceAccounts of ci, which are not in this input",
    ],
  },
  "who is an administrator comes to nothing more": {
    yaml: eve([create("pods")], "ci") + binding("a", "ClusterRole/cluster-admin", [who]) + admin,
    ways: [],
  },
};

describe("where permissions lead", () => {
  it.each(Object.entries(cases))("%s", (_, { yaml, ways }) => {
    expect(told(yaml).sort()).toEqual([...ways].sort());
  });

  it("does not take the own power for a way", () => {
    const rules = `[${create("pods")}, ${rule("list", "secrets")}]`;
    const own = role("r", rules, "ci") + binding("b", "Role/r", ["sa:ci/me"], "ci") + serviceAccount("ci", "me");
    expect(lint(own).findings.map(({ rule, severity, reach }) => [rule, severity, reach])).toEqual([
      ["secrets-read", "high", null],
      ["workloads-write", "medium", null],
    ]);
    const other = role("q", `[${rule("get", "secrets")}]`, "ci") + binding("q", "Role/q", ["sa:ci/other"], "ci");
    expect(
      lint(own + other).findings.find((one) => one.rule === "workloads-write" && one.about.endsWith("me")),
    ).toMatchObject({
      severity: "high",
      reach: { power: "reading Secrets in ci", steps: [{ by: "create pods in ci", to: "ServiceAccount ci/other" }] },
    });
  });

  it("ends where accounts lead to each other", () => {
    const makes = (from: string, to: string) =>
      role("r", `[${create("pods")}]`, to) + binding("b", "Role/r", [`sa:${from}/x`], to) + serviceAccount(from, "x");
    const findings = lint(makes("one", "two") + makes("two", "one")).findings;
    expect(findings.map(({ severity }) => severity)).toEqual(["medium", "medium"]);
  });

  it("is told of everything in a namespace by what is in it", () => {
    const everything = role("r", "[{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]", "ci");
    const yaml = everything + binding("b", "Role/r", [who], "ci");
    expect(lint(yaml + serviceAccount("ci", "x")).findings.map(({ severity }) => severity)).toEqual(["high"]);
    expect(told(yaml + admin)).toEqual([`critical all verbs on all resources in ci -> ${deployer}`]);
  });

  it("takes a graph that grows no faster than its input", () => {
    const size = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `n${index}`);
      const yaml =
        role(
          "all",
          `[${create("pods pods/exec serviceaccounts/token")}, ${rule("impersonate", "users groups serviceaccounts")}]`,
        ) +
        names
          .map((name) => holds(`sa:${name}/x`, "all", `a-${name}`) + holds(`user:${name}`, "all", `u-${name}`))
          .join("");
      const [objects] = sourceOf(yaml).clusters;
      if (objects === undefined) throw new Error("no cluster");
      const index = indexPower(indexState(objects, builtinObjects()));
      const { graph } = buildGraph(index, indexMatches(index, standardRules));
      return graph.nodes.length + graph.edges.length;
    };
    const [few, many] = [size(100), size(200)];
    expect(many - few).toBeLessThan(100 * 20);
  });
});
