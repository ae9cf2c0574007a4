import { describe, expect, it } from "vitest";
import { parseFleet } from "../fleet/load-fleet.ts";
import type { ClusterChange } from "../model/ports.ts";
import type { ObjectChange } from "../model/run.ts";
import { changeDigest } from "./change-digest.ts";
import { PlanBuilder } from "./plan-builder.ts";

const fleetFile = `
name: sample
clusters:
  - { name: a, labels: { ring: canary } }
  - { name: b, labels: { ring: late } }
  - { name: c, labels: { ring: early } }
  - { name: d, labels: { ring: early } }
  - { name: e, labels: { ring: early } }
  - { name: f, labels: { ring: frozen } }
strategy:
  maxConcurrency: 50%
  maxFailures: 40%
  waves:
    - { name: canary, canary: true, matchLabels: { ring: canary }, after: [{ health: {} }] }
    - { name: first, clusters: [e, c] }
    - { name: early, matchLabels: { ring: early }, maxFailures: 1 }
    - { name: late, matchLabels: { ring: late } }
`;
const fleet = parseFleet(fleetFile, "fleet.yaml");

const update: ObjectChange = { operation: "update", object: "apps/v1/Deployment edge/iotedged", fields: ["image"] };
const create: ObjectChange = { operation: "create", object: "v1/ConfigMap edge/new", fields: [] };

function change(changes: readonly ObjectChange[], secretReader = false): ClusterChange {
  const role = (resources: readonly string[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "reader", namespace: "edge" },
    rules: [{ apiGroups: [""], resources, verbs: ["get"] }],
  });
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "reader", namespace: "edge" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "edge" }],
  };
  const before = [role(["configmaps"]), binding];
  const after = secretReader ? [role(["configmaps", "secrets"]), binding] : before;
  return { changes, before, after };
}

describe("PlanBuilder", () => {
  it("computes waves in a stable order, shares rounded down but for one place at least", () => {
    const { waves, clusters } = new PlanBuilder(fleet);
    expect(
      waves.map(({ name, clusters, maxConcurrency, maxFailures }) => [name, clusters, maxConcurrency, maxFailures]),
    ).toEqual([
      ["canary", ["a"], 1, 0],
      ["first", ["e", "c"], 1, 0],
      ["early", ["d"], 1, 1],
      ["late", ["b"], 1, 0],
    ]);
    expect(clusters.map(({ name }) => name)).toEqual(["a", "e", "c", "d", "b"]);
    expect(waves[0]?.after.map(({ id }) => id)).toEqual(["canary/after/health"]);
  });

  it("merges clusters that change in the same way, the largest group first", () => {
    const builder = new PlanBuilder(fleet, { failOn: "high" });
    builder.add("b", "desired-b", { outcome: "ok", ...change([update], true) });
    for (const name of ["c", "d", "a"]) builder.add(name, "desired", { outcome: "ok", ...change([update, create]) });
    const failure = { code: "EDGE_TEST", message: "no answer", remedy: "Wait." };
    builder.add("e", "desired-e", { outcome: "unreachable", failure });
    const plan = builder.build();
    expect(plan.groups).toEqual([
      {
        digest: changeDigest([create, update]),
        clusters: ["a", "c", "d"],
        changes: [update, create],
        rbac: { outcome: "nothing", text: "no permission change" },
      },
      {
        digest: changeDigest([update]),
        clusters: ["b"],
        changes: [update],
        rbac: { outcome: "over-threshold", text: expect.stringContaining("+1 / -0 permissions") },
      },
    ]);
    expect(plan.unselected).toEqual(["f"]);
    expect(plan.unknown).toEqual([{ cluster: "e", outcome: "unreachable", failure }]);
    expect(plan.clusters.e).toMatchObject({ wave: "first", desiredDigest: "desired-e" });
    expect(plan.clusters.e?.changeDigest).toBeUndefined();
    expect(plan.clusters.a?.changeDigest).toBe(changeDigest([update, create]));
  });

  it("gives a group the worst verdict of its clusters", () => {
    const builder = new PlanBuilder(fleet);
    for (const name of ["a", "e", "c", "d"]) builder.add(name, "d", { outcome: "ok", ...change([update]) });
    builder.add("b", "d", { outcome: "ok", ...change([update], true) });
    expect(builder.build().groups.map(({ rbac }) => rbac.outcome)).toEqual(["changes"]);
  });

  it("cannot decide on permissions that it does not understand", () => {
    const builder = new PlanBuilder(fleet);
    const broken = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "x" }, rules: "all" };
    const found = { outcome: "ok", changes: [update], before: [], after: [broken] } as const;
    for (const { name } of builder.clusters) builder.add(name, "d", found);
    expect(builder.build().groups[0]?.rbac.outcome).toBe("undecided");
  });

  it("makes no plan that leaves a cluster out", () => {
    expect(() => new PlanBuilder(fleet).build()).toThrow("nothing is known of a, e, c, d, b");
  });
});

describe("changeDigest", () => {
  it("depends on what changes, not on the order", () => {
    expect(changeDigest([create, update])).toBe(changeDigest([update, create]));
    expect(changeDigest([{ ...update, fields: ["replicas"] }])).not.toBe(changeDigest([update]));
    expect(changeDigest([{ ...update, operation: "replace" }])).not.toBe(changeDigest([update]));
  });
});
