import { describe, expect, it } from "vitest";
import { reachText } from "../../output/wording.ts";
import { binding, diff, lint, role, rule, serviceAccount } from "../../test/sources.ts";

const rbac = "rbac.authorization.k8s.io";
const authn = "authentication.k8s.io";

const eve = (rules: readonly string[], namespace?: string) =>
  role("eve", `[${rules.join(", ")}]`) + binding("eve", "ClusterRole/eve", ["user:eve"], namespace);
const holds = (subject: string, roleName = "cluster-admin") => binding("target", `ClusterRole/${roleName}`, [subject]);
const deployer = serviceAccount("ci", "deployer") + holds("sa:ci/deployer");

const as = (mode: string, resource: string, name = "") => rule(`impersonate:${mode}`, resource, authn, name);
const on = (mode: string, verb: string, resource: string, group = "") =>
  rule(`impersonate-on:${mode}:${verb}`, resource, group);

/** Severity and end of each way of Eve's. */
const ends = (yaml: string) =>
  lint(yaml)
    .findings.filter(({ about, reach }) => about === "User eve" && reach !== null)
    .map(({ severity, reach }) =>
      [severity, ...(reach?.steps ?? []).map(({ to }) => to).filter((to) => to !== ""), reach?.power].join(" -> "),
    );

const account = as("serviceaccount", "serviceaccounts", "deployer");
const bindings = on("serviceaccount", "create", "clusterrolebindings", rbac);

const cases: Readonly<Record<string, { readonly yaml: string; readonly ways: readonly string[] }>> = {
  "writing bindings as an administrator is to be one": {
    yaml: eve([account, bindings]) + deployer,
    ways: ["critical -> ServiceAccount ci/deployer -> cluster-admin"],
  },
  "any account of the namespace": {
    yaml:
      eve([as("serviceaccount", "serviceaccounts"), on("serviceaccount", "create", "rolebindings", rbac)], "ci") +
      deployer,
    ways: ["critical -> ServiceAccount ci/deployer -> ServiceAccount ci/deployer -> cluster-admin"],
  },
  "making pods as somebody leads to the accounts there": {
    yaml: eve([account, on("serviceaccount", "create", "pods")], "ci") + deployer,
    ways: ["critical -> ServiceAccount ci/deployer -> ServiceAccount ci/deployer -> cluster-admin"],
  },
  "the halves may come from different roles and wildcards": {
    yaml:
      eve([rule("*", "serviceaccounts", authn)]) +
      role("half", `[${bindings}]`) +
      binding("half", "ClusterRole/half", ["user:eve"]) +
      deployer,
    ways: ["critical -> ServiceAccount ci/deployer -> cluster-admin"],
  },
  "what is read as somebody is all that comes of it": {
    yaml: eve([account, on("serviceaccount", "list", "secrets")], "ci") + deployer,
    ways: ["high -> ServiceAccount ci/deployer -> reading Secrets in ci"],
  },
  "harmless actions as an administrator lead nowhere": {
    yaml: eve([account, on("serviceaccount", "get", "pods")]) + deployer,
    ways: [],
  },
  "what the other one may not do either leads nowhere": {
    yaml:
      eve([account, bindings]) +
      serviceAccount("ci", "deployer") +
      role("reader", `[${rule("get", "pods")}]`) +
      holds("sa:ci/deployer", "reader"),
    ways: [],
  },
  "one half leads nowhere": { yaml: eve([account]) + deployer, ways: [] },
  "halves of different modes lead nowhere": {
    yaml: eve([account, on("user-info", "create", "clusterrolebindings", rbac)]) + deployer,
    ways: [],
  },
  "another account leads nowhere": {
    yaml: eve([as("serviceaccount", "serviceaccounts", "web"), bindings]) + deployer,
    ways: [],
  },
  "a named user": {
    yaml:
      eve([as("user-info", "users", "root"), on("user-info", "create", "clusterrolebindings", rbac)]) +
      holds("user:root"),
    ways: ["critical -> User root -> cluster-admin"],
  },
  "an account is no user of that mode": {
    yaml:
      eve([
        as("user-info", "users", "system:serviceaccount:ci:deployer"),
        on("user-info", "create", "clusterrolebindings", rbac),
      ]) + deployer,
    ways: [],
  },
  "a group, with a user in it": {
    yaml:
      eve([
        as("user-info", "groups", "admins"),
        as("user-info", "users", "bob"),
        on("user-info", "create", "clusterrolebindings", rbac),
      ]) + holds("group:admins"),
    ways: ["critical -> Group admins -> cluster-admin"],
  },
  "the group of administrators, which that mode refuses": {
    yaml: eve([
      as("user-info", "groups", "system:masters"),
      as("user-info", "users", "bob"),
      on("user-info", "create", "clusterrolebindings", rbac),
    ]),
    ways: [],
  },
  "a node takes the tokens of its accounts": {
    yaml: eve([as("arbitrary-node", "nodes"), on("arbitrary-node", "create", "serviceaccounts/token")]) + deployer,
    ways: ["critical -> a node -> ServiceAccount ci/deployer -> cluster-admin"],
  },
  "the own node as well": {
    yaml: eve([as("associated-node", "nodes", "*"), on("associated-node", "get", "secrets")]) + deployer,
    ways: ["critical -> a node -> reading Secrets everywhere"],
  },
};

describe("where constrained impersonation leads", () => {
  it.each(Object.entries(cases))("%s", (_, { yaml, ways }) => {
    expect(ends(yaml)).toEqual(ways);
  });

  it("is told with both halves", () => {
    const [finding] = lint(eve([account, bindings]) + deployer).findings.filter(({ about }) => about === "User eve");
    expect(finding && reachText(finding)).toBe(
      `User eve -> impersonate:serviceaccount serviceaccounts.${authn} "deployer" and impersonate-on:serviceaccount:create clusterrolebindings.${rbac} -> ServiceAccount ci/deployer -> cluster-admin`,
    );
  });

  it("is not known for a user whom no binding of the input names", () => {
    const yaml = eve([as("user-info", "users", "root"), on("user-info", "create", "clusterrolebindings", rbac)]);
    const finding = lint(yaml).findings.find((one) => one.rule === "impersonate-user-info");
    expect(finding?.unknown).toBe("what User root may do, whom no binding of this input names");
  });

  it("is new with the half that a change adds", () => {
    const report = diff(eve([account]) + deployer, eve([account, bindings]) + deployer);
    expect(report.verdict.worst).toBe("critical");
  });
});
