import { describe, expect, it } from "vitest";
import { binding, lint, role, rule } from "../test/sources.ts";
import { permissionRules } from "./permission-rules.ts";

interface Example {
  /** A rule of a ClusterRole that the risk rule finds. */
  readonly found: string;
  /** The nearest harmless rule. */
  readonly harmless: string;
}

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const certificates = "certificates.k8s.io";

/** One example and one near miss for every rule: these are the known ways from a permission to more of them. */
const examples: Readonly<Record<string, Example>> = {
  everything: { found: rule("*", "*", "*"), harmless: rule("get", "*", "*") },
  wildcard: { found: rule("get", "*", "example.io"), harmless: rule("get", "widgets", "example.io") },
  "wildcard-paths": {
    found: "{nonResourceURLs: ['*'], verbs: [get]}",
    harmless: "{nonResourceURLs: ['/healthz/*'], verbs: [get]}",
  },
  "secrets-read": { found: rule("watch", "secrets"), harmless: rule("watch", "configmaps") },
  "secrets-write": { found: rule("patch", "secrets"), harmless: rule("delete", "secrets") },
  "workloads-write": { found: rule("create", "cronjobs", "batch"), harmless: rule("get", "cronjobs", "batch") },
  "pods-exec": { found: rule("get", "pods/exec"), harmless: rule("get", "pods") },
  "pods-portforward": { found: rule("create", "pods/portforward"), harmless: rule("delete", "pods/portforward") },
  "ephemeral-containers": {
    found: rule("patch", "pods/ephemeralcontainers"),
    harmless: rule("get", "pods/ephemeralcontainers"),
  },
  "pods-evict": { found: rule("create", "pods/eviction"), harmless: rule("get", "pods/eviction") },
  "nodes-proxy": { found: rule("get", "nodes/proxy"), harmless: rule("get", "nodes/metrics nodes/stats") },
  "nodes-write": { found: rule("patch", "nodes/status"), harmless: rule("list", "nodes") },
  escalate: { found: rule("escalate", "clusterroles", rbac), harmless: rule("escalate", "clusterroles", "example.io") },
  bind: { found: rule("bind", "roles", rbac), harmless: rule("bind", "pods") },
  impersonate: { found: rule("impersonate", "groups"), harmless: rule("get", "groups") },
  "token-request": { found: rule("create", "serviceaccounts/token"), harmless: rule("get", "serviceaccounts") },
  "csr-approve": {
    found: rule("approve", "signers", certificates),
    harmless: rule("create", "certificatesigningrequests", certificates),
  },
  "webhooks-write": {
    found: rule("patch", "mutatingwebhookconfigurations", admission),
    harmless: rule("list", "mutatingwebhookconfigurations", admission),
  },
  "admission-policies-write": {
    found: rule("delete", "validatingadmissionpolicybindings", admission),
    harmless: rule("get", "validatingadmissionpolicybindings", admission),
  },
  "persistent-volumes-create": {
    found: rule("create", "persistentvolumes"),
    harmless: rule("create", "persistentvolumeclaims"),
  },
  "namespaces-write": { found: rule("patch", "namespaces"), harmless: rule("create", "namespaces") },
  "rbac-write": { found: rule("create", "rolebindings", rbac), harmless: rule("delete", "rolebindings", rbac) },
  "crds-write": {
    found: rule("delete", "customresourcedefinitions", "apiextensions.k8s.io"),
    harmless: rule("get", "customresourcedefinitions", "apiextensions.k8s.io"),
  },
  "apiservices-write": {
    found: rule("update", "apiservices", "apiregistration.k8s.io"),
    harmless: rule("get", "apiservices", "apiregistration.k8s.io"),
  },
  "service-accounts-write": { found: rule("patch", "serviceaccounts"), harmless: rule("list", "serviceaccounts") },
  "system-config-write": { found: rule("update", "configmaps"), harmless: rule("get", "configmaps") },
  "endpoints-write": {
    found: rule("create", "endpointslices", "discovery.k8s.io"),
    harmless: rule("list", "endpointslices", "discovery.k8s.io"),
  },
  "services-status": { found: rule("patch", "services/status"), harmless: rule("patch", "services") },
  "network-policies-write": {
    found: rule("delete", "networkpolicies", "networking.k8s.io"),
    harmless: rule("get", "networkpolicies", "networking.k8s.io"),
  },
  "leases-write": {
    found: rule("update", "leases", "coordination.k8s.io"),
    harmless: rule("get", "leases", "coordination.k8s.io"),
  },
  "mass-delete": {
    found: rule("deletecollection", "widgets", "example.io"),
    harmless: rule("delete", "widgets", "example.io"),
  },
  "pods-log": { found: rule("get", "pods/log"), harmless: rule("get", "pods/status") },
};

const findings = (rules: string, namespace?: string, subject = "sa:ns/bot") =>
  lint(role("r", `[${rules}]`) + binding("b", "ClusterRole/r", [subject], namespace)).findings;
const severityOf = (id: string, rules: string, namespace?: string, subject?: string) =>
  findings(rules, namespace, subject).find((finding) => finding.rule === id)?.severity;

describe("rules about permissions", () => {
  it.each(Object.entries(examples))("%s", (id, { found, harmless }) => {
    expect(findings(found).map((finding) => finding.rule)).toContain(id);
    expect(findings(harmless).map((finding) => finding.rule)).not.toContain(id);
  });

  it("have an example each, and each a text, a source and a fix", () => {
    expect(permissionRules.map(({ id }) => id).sort()).toEqual(Object.keys(examples).sort());
    for (const { id, title, why, fix, source } of permissionRules) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const text of [title, why, fix]) expect(text.length).toBeGreaterThan(8);
      expect(source).toMatch(/^https:\/\//);
    }
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
