import { describe, expect, it } from "vitest";
import { clusterObjectNames } from "#contract";
import { buildLint } from "../report/build.ts";
import { binding, lint, role, rule, serviceAccount, sourceOf } from "../test/sources.ts";
import { iotedgedConfined } from "./checks/installation.ts";

const rules = (yaml: string) => lint(yaml).findings.map(({ rule, severity }) => `${severity} ${rule}`);
const installation = (namespace: string) =>
  serviceAccount(namespace, "iotedged") + serviceAccount(namespace, "edgeagent");
const listPods = `[${rule("list", "pods")}]`;

describe("rules about an installation", () => {
  it("name the role of iotedged as it is made", () => {
    expect(iotedgedConfined.fix).toContain(` ${clusterObjectNames("{name}").nodeObserverRole} `);
  });
  it("let iotedged review tokens and list nodes, and nothing else outside of its namespace", () => {
    const delegator = binding("d", "ClusterRole/system:auth-delegator", ["sa:edge-a/iotedged"]);
    const nodes = role("n", `[${rule("list", "nodes")}]`) + binding("n", "ClusterRole/n", ["sa:edge-a/iotedged"]);
    expect(rules(installation("edge-a") + delegator + nodes)).toEqual([]);
    const user = binding("u", "ClusterRole/system:auth-delegator", ["user:system:serviceaccount:edge-a:iotedged"]);
    expect(rules(installation("edge-a") + user)).toEqual([]);
    expect(rules(delegator)).toEqual(["low access-reviews", "low token-reviews"]);
    const pods = role("p", listPods) + binding("p", "ClusterRole/p", ["sa:edge-a/iotedged"]);
    expect(rules(installation("edge-a") + pods)).toEqual(["high iotedged-confined"]);
  });
  it("confine EdgeAgent to its namespace", () => {
    const own = role("p", listPods, "edge-a") + binding("p", "Role/p", ["sa:edge-a/edgeagent"], "edge-a");
    expect(rules(installation("edge-a") + own)).toEqual([]);
    const other = role("p", listPods, "edge-b") + binding("p", "Role/p", ["sa:edge-a/edgeagent"], "edge-b");
    expect(rules(installation("edge-a") + other)).toEqual(["critical edgeagent-confined"]);
  });
  it("keep one installation from reaching another", () => {
    const both = installation("edge-a") + installation("edge-b");
    const across = role("p", listPods, "edge-b") + binding("p", "Role/p", ["sa:edge-a/iotedged"], "edge-b");
    const [finding] = lint(both + across).findings;
    expect(finding).toMatchObject({
      rule: "iotedged-confined",
      about: "ServiceAccount edge-a/iotedged",
      scope: "edge-b",
    });
  });
  it("give modules no right at all", () => {
    const module = role("p", listPods, "edge-a") + binding("p", "Role/p", ["sa:edge-a/sensor"], "edge-a");
    expect(rules(installation("edge-a") + module)).toEqual(["critical modules-without-rights"]);
  });
  it("leave namespaces that are no installation alone", () => {
    const other = role("p", listPods, "apps") + binding("p", "Role/p", ["sa:apps/edgeagent"], "apps");
    expect(rules(serviceAccount("apps", "edgeagent") + other)).toEqual([]);
  });
});

describe("rules about a state", () => {
  it("find bindings to everyone", () => {
    expect(rules(role("p", listPods) + binding("b", "ClusterRole/p", ["group:system:unauthenticated"]))).toContain(
      "critical everyone",
    );
    expect(rules(role("p", listPods) + binding("b", "ClusterRole/p", ["group:system:authenticated"]))).toContain(
      "high everyone",
    );
  });
  it("find rights of a namespace's default ServiceAccount", () => {
    expect(rules(role("p", listPods) + binding("b", "ClusterRole/p", ["sa:apps/default"]))).toEqual([
      "medium default-account",
    ]);
  });
  it("find it also where it is named as a User, once", () => {
    const user = "user:system:serviceaccount:apps:default";
    const about = "ServiceAccount apps/default by ClusterRoleBinding b";
    for (const subjects of [[user], [user, "sa:apps/default"]]) {
      const { findings } = lint(role("p", listPods) + binding("b", "ClusterRole/p", subjects));
      expect(findings).toMatchObject([{ rule: "default-account", about }]);
    }
    expect(rules(role("p", listPods) + binding("b", "ClusterRole/p", ["user:default"]))).toEqual([]);
  });
  it.each([
    ["system:masters", "high system-masters", "high system-masters"],
    ["system:nodes", "low all-nodes", "low all-nodes"],
    ["system:serviceaccounts:ci", "medium namespace-accounts", "low namespace-accounts"],
    ["system:serviceaccounts", "high everyone", "high everyone"],
  ])("find bindings to the group %s", (group, everywhere, inNamespace) => {
    const bound = (namespace?: string) =>
      rules(role("p", listPods) + binding("b", "ClusterRole/p", [`group:${group}`], namespace));
    expect([bound(), bound("apps")]).toEqual([[everywhere], [inNamespace]]);
  });
  it("take a missing role for worse where it would count everywhere", () => {
    expect(rules(binding("b", "ClusterRole/gone", ["sa:apps/x"]))).toEqual(["high unresolved"]);
    expect(rules(binding("b", "ClusterRole/gone", ["sa:apps/x"], "apps"))).toEqual(["medium unresolved"]);
  });
  it("find ClusterRoles that add to built-in ones", () => {
    const labels = 'labels: {"rbac.authorization.k8s.io/aggregate-to-admin": "true"}';
    expect(rules(role("p", listPods, undefined, labels))).toEqual(["medium aggregates-into"]);
  });
  it("find accounts that do not exist in a whole cluster, and in nothing less", () => {
    const yaml = role("p", listPods) + binding("b", "ClusterRole/p", ["sa:apps/gone"]);
    expect(rules(yaml)).toEqual([]);
    const [objects] = sourceOf(yaml).clusters;
    const live = { title: "live", clusters: objects === undefined ? [] : [{ ...objects, complete: true }] };
    expect(buildLint(live).findings.map(({ rule }) => rule)).toEqual(["dangling-account"]);
  });
  it("do not judge what the API server grants by itself, but what somebody adds to it", () => {
    expect(rules(serviceAccount("apps", "x"))).toEqual([]);
    const stolen = binding("cluster-admin", "ClusterRole/cluster-admin", ["group:system:masters", "user:mallory"]);
    expect(rules(stolen)).toContain("critical everything");
  });
});
