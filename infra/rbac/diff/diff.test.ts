import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildDiff } from "../report/build.ts";
import { binding, diff, role, rule, serviceAccount, sourceOf, summary } from "../test/sources.ts";

const bot = "sa:ns/bot";
const bound = (rules: string) => role("r", rules, "ns") + binding("b", "Role/r", [bot], "ns");
const everywhere = (rules: string) => role("r", rules) + binding("b", "ClusterRole/r", [bot]);
const who = "ServiceAccount ns/bot";

interface Case {
  readonly base: string;
  readonly head: string;
  readonly changes: readonly string[];
}

/** Oddities of RBAC, each with the change that it comes to. */
const cases: Readonly<Record<string, Case>> = {
  "rules that are split, reordered and repeated change nothing": {
    base: bound(`[${rule("get list", "pods services")}]`),
    head: bound(`[${rule("list", "services pods")}, ${rule("get", "services")}, ${rule("get get", "pods")}]`),
    changes: [],
  },
  "a verb wildcard widens what single verbs gave": {
    base: bound(`[${rule("get", "pods")}]`),
    head: bound(`[${rule("*", "pods")}]`),
    changes: [`${who} widened * pods @ns`],
  },
  "a list of all verbs of today is less than the wildcard": {
    base: bound(`[${rule("*", "pods")}]`),
    head: bound(`[${rule("get list watch create update patch delete deletecollection", "pods")}]`),
    changes: [`${who} narrowed * pods @ns`],
  },
  "a resource beside the wildcard that includes it adds nothing": {
    base: bound(`[${rule("get", "*")}]`),
    head: bound(`[${rule("get", "*")}, ${rule("get", "pods pods/log")}]`),
    changes: [],
  },
  "a resource does not include its subresources": {
    base: bound(`[${rule("get", "pods")}]`),
    head: bound(`[${rule("get", "pods pods/log")}]`),
    changes: [`${who} new get pods/log @ns`],
  },
  "*/scale includes the scale of any resource": {
    base: bound(`[${rule("update", "*/scale", "apps")}]`),
    head: bound(`[${rule("update", "*/scale deployments/scale", "apps")}]`),
    changes: [],
  },
  "a list of names that is taken away widens": {
    base: bound(`[${rule("get", "secrets", "", "tls")}]`),
    head: bound(`[${rule("get", "secrets")}]`),
    changes: [`${who} widened get secrets @ns`],
  },
  "an empty name stands for requests that name nothing, which is less than all": {
    base: bound('[{apiGroups: [""], resources: [secrets], verbs: [get, list], resourceNames: [""]}]'),
    head: bound(`[${rule("get list", "secrets")}]`),
    changes: [`${who} widened get,list secrets @ns`],
  },
  "one name more is one permission more": {
    base: bound(`[${rule("get", "secrets", "", "tls")}]`),
    head: bound(`[${rule("get", "secrets", "", "tls ca")}]`),
    changes: [`${who} new get secrets "ca" @ns`],
  },
  "another API group is another resource": {
    base: bound(`[${rule("get", "ingresses", "extensions")}]`),
    head: bound(`[${rule("get", "ingresses", "networking.k8s.io")}]`),
    changes: [`${who} new get ingresses.networking.k8s.io @ns`, `${who} removed get ingresses.extensions @ns`],
  },
  "a namespaced right that becomes one of the cluster widens": {
    base: bound(`[${rule("list", "pods")}]`),
    head: everywhere(`[${rule("list", "pods")}]`),
    changes: [`${who} widened list pods @*`],
  },
  "a right of the cluster that becomes namespaced narrows": {
    base: everywhere(`[${rule("list", "pods")}]`),
    head: bound(`[${rule("list", "pods")}]`),
    changes: [`${who} narrowed list pods @*`],
  },
  "a RoleBinding to a ClusterRole counts in its namespace": {
    base: "",
    head: role("r", `[${rule("list", "pods")}]`) + binding("b", "ClusterRole/r", [bot], "other"),
    changes: [`${who} new list pods @other`],
  },
  "a RoleBinding grants no paths": {
    base: "",
    head: role("r", `[{nonResourceURLs: ["/metrics"], verbs: [get]}]`) + binding("b", "ClusterRole/r", [bot], "ns"),
    changes: [],
  },
  "a path that a wildcard includes adds nothing": {
    base: everywhere(`[{nonResourceURLs: ["/logs/*"], verbs: [get]}]`),
    head: everywhere(`[{nonResourceURLs: ["/logs/*", "/logs/kubelet"], verbs: [get]}]`),
    changes: [],
  },
  "a second binding to the same role changes nothing": {
    base: bound(`[${rule("list", "pods")}]`),
    head: bound(`[${rule("list", "pods")}]`) + binding("again", "Role/r", [bot], "ns"),
    changes: [],
  },
  "a binding by another name to a role by another name changes nothing": {
    base: bound(`[${rule("list", "pods")}]`),
    head: role("renamed", `[${rule("list", "pods")}]`, "ns") + binding("renamed", "Role/renamed", [bot], "ns"),
    changes: [],
  },
  "a user with the name of a ServiceAccount's tokens is that ServiceAccount": {
    base: bound(`[${rule("list", "pods")}]`),
    head:
      role("r", `[${rule("list", "pods")}]`, "ns") +
      binding("b", "Role/r", ["user:system:serviceaccount:ns:bot"], "ns"),
    changes: [],
  },
  "a right that the account's group keeps is not lost": {
    base: bound(`[${rule("list", "pods")}]`),
    head:
      role("r", `[${rule("list", "pods")}]`, "ns") + binding("b", "Role/r", ["group:system:serviceaccounts:ns"], "ns"),
    changes: ["Group system:serviceaccounts:ns new list pods @ns"],
  },
  "what everyone may do already is not gained": {
    base: "",
    head: role("r", `[{nonResourceURLs: ["/version"], verbs: [get]}]`) + binding("b", "ClusterRole/r", [bot]),
    changes: [],
  },
  "a role that no binding refers to is latent": {
    base: "",
    head: role("r", `[${rule("list", "secrets")}]`),
    changes: ["ClusterRole r added"],
  },
  "a label that aggregates a role into another one gives its permissions": {
    base: role("part", `[${rule("list", "nodes")}]`) + aggregated() + binding("b", "ClusterRole/sum", [bot]),
    head:
      role("part", `[${rule("list", "nodes")}]`, undefined, `labels: {to: "sum"}`) +
      aggregated() +
      binding("b", "ClusterRole/sum", [bot]),
    changes: [`${who} new list nodes @*`],
  },
  "a ClusterRole that is labelled for the built-in view reaches whoever is bound to view": {
    base: binding("b", "ClusterRole/view", [bot], "ns"),
    head:
      role(
        "part",
        `[${rule("list", "widgets", "example.io")}]`,
        undefined,
        `labels: {"rbac.authorization.k8s.io/aggregate-to-view": "true"}`,
      ) + binding("b", "ClusterRole/view", [bot], "ns"),
    changes: [
      "ClusterRole admin changed",
      "ClusterRole edit changed",
      "ClusterRole part added",
      `${who} new list widgets.example.io @ns`,
    ],
  },
  "roles that aggregate each other do not loop, and are listed": {
    base: "",
    head: circle() + binding("b", "ClusterRole/one", [bot]),
    changes: [
      "ClusterRole two added",
      `${who} new get pods @*`,
      "head aggregation-cycle ClusterRole one, ClusterRole two aggregationRule",
    ],
  },
  "a role that does not stand in the input is unresolved, not empty": {
    base: "",
    head: binding("b", "ClusterRole/elsewhere", [bot]),
    changes: ["head missing-role ClusterRoleBinding b roleRef"],
  },
  "a role that is missing on both sides is the same unknown": {
    base: binding("b", "ClusterRole/elsewhere", [bot]),
    head: binding("b", "ClusterRole/elsewhere", [bot]),
    changes: ["same missing-role ClusterRoleBinding b roleRef"],
  },
  "an API version that was taken away is unresolved": {
    base: "",
    head: role("r", `[${rule("get", "pods")}]`).replace("k8s.io/v1", "k8s.io/v1beta1"),
    changes: ["head unknown-api-version ClusterRole r"],
  },
  "a HelmRelease is unresolved": {
    base: "",
    head: "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x, namespace: ns}\n",
    changes: ["head opaque HelmRelease ns/x"],
  },
  "a secret that stands for a role's rules is unresolved": {
    base: "",
    head: role("r", `"[secret]"`) + binding("b", "ClusterRole/r", [bot]),
    changes: ["head secret ClusterRole r rules"],
  },
  "an unknown subject leaves the others known": {
    base: "",
    head:
      role("r", `[${rule("get", "pods")}]`) +
      binding("b", "ClusterRole/r", [bot, "user:04da6b54-80e4-46f7-96ec-b56ff0331ba9"]),
    changes: [`${who} new get pods @*`, "head unknown ClusterRoleBinding b subjects[1].name"],
  },
  "a binding that turns to another role is deleted and made anew": {
    base: bound(`[${rule("get", "pods")}]`) + role("s", `[${rule("get", "pods")}]`, "ns"),
    head:
      bound(`[${rule("get", "pods")}]`).replace('name: "r"}\nsubjects', 'name: "s"}\nsubjects') +
      role("s", `[${rule("get", "pods")}]`, "ns"),
    changes: ["RoleBinding ns/b: Role ns/r => Role ns/s"],
  },
  "objects whose names the API server makes up grant all the same, and are not confused": {
    base: "",
    head:
      role("r", `[${rule("get", "pods")}]`) +
      ["ns/one", "ns/two"]
        .map((name) => binding("b", "ClusterRole/r", [`sa:${name}`]).replace('name: "b"', "generateName: b-"))
        .join(""),
    changes: ["ServiceAccount ns/one new get pods @*", "ServiceAccount ns/two new get pods @*"],
  },
  "an object that has a name and a stem of one is the one of that name": {
    base: everywhere(`[${rule("get", "pods")}]`),
    head: everywhere(`[${rule("get list", "pods")}]`).replace('{name: "r"}', '{name: "r", generateName: x-}'),
    changes: [`${who} new list pods @*`],
  },
  "a missing role is the same in the same hands alone": {
    base: binding("b", "ClusterRole/elsewhere", ["user:a", "user:b"]),
    head: binding("renamed", "ClusterRole/elsewhere", ["user:b", "user:a"]),
    changes: ["same missing-role ClusterRoleBinding renamed roleRef"],
  },
  "a missing role in more hands is not the same": {
    base: binding("b", "ClusterRole/elsewhere", ["user:a"]),
    head: binding("b", "ClusterRole/elsewhere", ["user:a", "user:b"]),
    changes: ["base missing-role ClusterRoleBinding b roleRef", "head missing-role ClusterRoleBinding b roleRef"],
  },
  "a missing role in one more namespace is not the same": {
    base: binding("b", "ClusterRole/elsewhere", ["user:a"], "one"),
    head: ["one", "two"].map((namespace) => binding("b", "ClusterRole/elsewhere", ["user:a"], namespace)).join(""),
    changes: ["head missing-role RoleBinding two/b roleRef", "same missing-role RoleBinding one/b roleRef"],
  },
  "a ServiceAccount alone has no permission": { base: "", head: serviceAccount("ns", "bot"), changes: [] },
};

function aggregated(): string {
  return role("sum", "[]").replace(
    "rules: []",
    'aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: "sum"}}]}',
  );
}

function circle(): string {
  const chooses = (label: string) =>
    `aggregationRule: {clusterRoleSelectors: [{matchLabels: {is: "${label}"}}]}\nrules:`;
  return (
    role("one", `[${rule("get", "pods")}]`, undefined, `labels: {is: "one"}`).replace("rules:", chooses("two")) +
    role("two", "[]", undefined, `labels: {is: "two"}`).replace("rules:", chooses("one"))
  );
}

describe("diffs", () => {
  it.each(Object.entries(cases))("%s", (_, { base, head, changes }) => {
    expect(summary(diff(base, head))).toEqual(changes);
  });

  it("are the mirror image in the other direction", () => {
    const flip: Readonly<Record<string, string>> = {
      new: "removed",
      removed: "new",
      widened: "narrowed",
      narrowed: "widened",
    };
    for (const { base, head } of Object.values(cases)) {
      const there = summary(diff(base, head)).filter((line) => line.includes("@"));
      const back = summary(diff(head, base)).filter((line) => line.includes("@"));
      const flipped = there.map((line) =>
        line.replace(/ (new|removed|widened|narrowed) /, (_, how) => ` ${flip[how]} `),
      );
      expect(back).toEqual(flipped.sort());
    }
  });

  it("never end with nothing where a missing role is in more hands", () => {
    const report = diff(
      binding("b", "ClusterRole/elsewhere", ["user:a"]),
      binding("b", "ClusterRole/elsewhere", ["user:a", "user:mallory"]),
    );
    expect(report.verdict).toMatchObject({ outcome: "undecided", worst: "high" });
  });

  it.each(["Chart.yaml", "kustomization.yaml"])("never end with nothing where %s may make something else", (name) => {
    const state = (file: string) => sourceOf("name: x\nresources: [a.yaml]\n", file);
    const report = buildDiff(state(`one/${name}`), state(`two/${name}`));
    expect(report.verdict).toMatchObject({ outcome: "undecided", worst: null });
    expect(report.unresolved).toMatchObject([{ side: "head" }, { side: "base" }]);
  });

  it("put what is the same for many installations into one entry", () => {
    const installation = (namespace: string, verbs: string) =>
      role("agent", `[${rule(verbs, "pods")}]`, namespace) +
      binding("agent", "Role/agent", [`sa:${namespace}/agent`], namespace);
    const names = ["edge-a", "edge-b", "edge-c"];
    const report = diff(
      names.map((name) => installation(name, "list")).join(""),
      names.map((name) => installation(name, "list watch")).join(""),
    );
    expect(report.changes).toHaveLength(1);
    expect(report.changes[0]).toMatchObject({ subject: "ServiceAccount {namespace}/agent", members: { length: 3 } });
    expect(report.changes[0]?.gained[0]?.via).toEqual(["RoleBinding {namespace}/agent -> Role {namespace}/agent"]);
    expect(report.verdict.text).toContain("+3 / -0 permissions");
  });

  it("put what is the same in many clusters into one entry", () => {
    const inBoth = (verbs: string) => ({
      title: verbs,
      clusters: sourceOf(bound(`[${rule(verbs, "pods")}]`)).clusters.flatMap((objects) =>
        ["east", "west"].map((cluster) => ({ ...objects, cluster })),
      ),
    });
    const report = buildDiff(inBoth("get"), inBoth("get list"));
    expect(report.changes.map(({ members }) => members.map(({ cluster }) => cluster))).toEqual([["east", "west"]]);
    expect(report.verdict.text).toContain("in 2 clusters");
  });

  it("find nothing between a state and any way of writing it down", () => {
    const word = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
    const parts = fc.record({ verbs: word("get", "list", "*"), resources: word("pods", "pods/log", "*", "*/log") });
    const property = fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), (rules) => {
      const whole = rules.map(({ verbs, resources }) => rule(verbs.join(" "), resources.join(" ")));
      const split = rules.flatMap(({ verbs, resources }) =>
        verbs.flatMap((verb) => resources.map((one) => rule(verb, one))),
      );
      expect(summary(diff(bound(`[${whole.join(", ")}]`), bound(`[${split.reverse().join(", ")}]`)))).toEqual([]);
    });
    fc.assert(property, { numRuns: 100 });
  });
});
