import { describe, expect, it } from "vitest";
import type { Permission } from "../model/permission.ts";
import type { Subject } from "../model/subject.ts";
import { isControlPlane } from "./control-plane.ts";
import { standardRules } from "./rule-set.ts";
import type { Severity } from "./severity.ts";
import { worse } from "./severity.ts";
import { severityOf } from "./severity-of.ts";

const bot: Subject = { kind: "ServiceAccount", namespace: "ns", name: "bot" };
const rbac = "rbac.authorization.k8s.io";

/** The worst that any rule says of a permission by itself. */
function worst(text: string, scope: string): Severity | undefined {
  const [verb = "", resource = "", name = ""] = text.split(" ");
  const [kind = "", group = ""] = resource.split("@");
  const permission: Permission = { verb, resource: kind, group, name, url: "" };
  const found = standardRules.matching(permission).flatMap((rule) => severityOf(rule, permission, bot, scope) ?? []);
  return found.length === 0 ? undefined : found.reduce(worse);
}

/** What a permission is in kube-system, and what the same is elsewhere. */
const cases: readonly (readonly [what: string, permission: string, ...severities: Severity[]])[] = [
  ["reading Secrets", "list secrets", "critical", "high"],
  ["making Secrets, which are tokens of nodes there", "create secrets", "critical", "medium"],
  ["tokens", "create serviceaccounts/token", "critical", "high"],
  ["commands in pods", "create pods/exec", "critical", "high"],
  ["making pods", "create pods", "critical", "medium"],
  ["writing bindings", `create rolebindings@${rbac}`, "high", "medium"],
  ["writing ServiceAccounts", "create serviceaccounts", "high", "low"],
  ["changing NetworkPolicies", "delete networkpolicies@networking.k8s.io", "high", "medium"],
  ["one Secret", "get secrets one", "high", "medium"],
  ["the Deployment of CoreDNS", "patch deployments@apps coredns", "high", "low"],
  ["any ConfigMap", "update configmaps", "high"],
  ["the ConfigMap of CoreDNS", "update configmaps coredns", "high"],
  ["administrators of a cloud", "patch configmaps aws-auth", "high"],
  ["whom API servers trust", "update configmaps extension-apiserver-authentication", "high"],
  ["a ConfigMap of one's own", "update configmaps mine", "medium"],
  ["one's own lease", "update leases@coordination.k8s.io mine", "low"],
  ["logs", "get pods/log", "medium", "low"],
  ["what belongs to the cluster", "get nodes/proxy"],
  ["reading pods", "list pods"],
];

describe("severities in namespaces of the control plane", () => {
  it.each(cases)("%s", (_, permission, ...[there, elsewhere]) => {
    expect(worst(permission, "kube-system")).toBe(there);
    expect(worst(permission, "apps")).toBe(elsewhere);
  });

  it("know the namespaces that Kubernetes and OpenShift keep for themselves", () => {
    for (const name of ["kube-system", "kube-public", "kube-node-lease", "openshift", "openshift-etcd"])
      expect(isControlPlane(name), name).toBe(true);
    for (const name of ["kube-prometheus", "kubernetes", "default", "openshifty", ""])
      expect(isControlPlane(name), name).toBe(false);
  });
});
