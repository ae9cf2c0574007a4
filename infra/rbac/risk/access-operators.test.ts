import { describe, expect, it } from "vitest";
import { accessKinds, resourcesOf } from "../model/access-kinds.ts";
import { binding, lint, role, rule } from "../test/sources.ts";
import { severityRank } from "./severity.ts";

/** The worst that is found for who may write one resource. */
const worst = (group: string, resource: string, namespace?: string) =>
  lint(role("r", `[${rule("create update", resource, group)}]`) + binding("b", "ClusterRole/r", ["user:u"], namespace))
    .verdict.worst;

const written = accessKinds.filter(({ writing }) => writing !== "none");

describe("kinds that bring access", () => {
  it.each(written.flatMap((kinds) => resourcesOf(kinds).map((resource) => [kinds.group, resource] as const)))(
    "%s %s: writing them is high at least",
    (group, resource) => {
      const found = worst(group, resource);
      expect(found === null ? -1 : severityRank(found)).toBeGreaterThanOrEqual(severityRank("high"));
    },
  );

  it("are critical where the operator is an administrator, also in a namespace of the control plane", () => {
    expect(worst("helm.cattle.io", "helmcharts", "kube-system")).toBe("critical");
    expect(worst("helm.cattle.io", "helmcharts", "apps")).toBe("high");
  });

  it("have the resources that API servers know", () => {
    const all = accessKinds.flatMap((kinds) => resourcesOf(kinds).map((resource) => `${resource}.${kinds.group}`));
    expect(all).toEqual(
      expect.arrayContaining([
        "objects.kubernetes.crossplane.io",
        "rbacdefinitions.rbacmanager.reactiveops.io",
        "clusterresourcesets.addons.cluster.x-k8s.io",
        "manifestworks.work.open-cluster-management.io",
        "gitrepos.fleet.cattle.io",
        "subscriptions.operators.coreos.com",
        "clusterserviceversions.operators.coreos.com",
        "clusterrolebindings.authorization.openshift.io",
        "securitycontextconstraints.security.openshift.io",
        "identities.user.openshift.io",
        "policies.policy.open-cluster-management.io",
      ]),
    );
  });
});
