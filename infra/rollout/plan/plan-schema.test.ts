import { Check, Errors } from "typebox/value";
import { expect, it } from "vitest";
import { parseFleet } from "../fleet/load-fleet.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ClusterChange } from "../model/ports.ts";
import { PlanBuilder } from "./plan-builder.ts";
import { PlanSchema } from "./plan-schema.ts";

const fleet = parseFleet(
  `
name: sample
gitops:
  artifact: oci://r.example.com/fleet/{cluster}:stable
  sign: { command: [cosign, sign, --key, cosign.key], verify: [cosign, verify, --key, cosign.pub] }
clusters:
  - { name: a, engine: gitops }
  - { name: b, engine: render, context: admin@b, kubeconfig: kube/b }
  - { name: c, engine: pulumi }
  - { name: d }
strategy:
  waves:
    - name: canary
      canary: true
      clusters: [a]
      before: [{ health: {} }, { command: ["true"] }]
      after:
        - { http: { url: "https://example.com", contains: ok } }
        - { prometheus: { url: "https://example.com", query: up, condition: ">= 1" } }
        - { approval: { approvers: [ann] } }
    - { name: rest, clusters: [b, c] }
`,
  "fleet.yaml",
);

function described() {
  const builder = new PlanBuilder(fleet);
  const failure = { code: "EDGE_APPLY_UNREACHABLE", message: "no answer", remedy: "wait" };
  const found: readonly Outcome<ClusterChange>[] = [
    {
      outcome: "ok",
      changes: [{ operation: "create", object: "v1/ConfigMap edge/a", fields: ["data"] }],
      before: [],
      after: [],
    },
    { outcome: "ok", changes: [], before: [], after: [] },
    { outcome: "unreachable", failure },
  ];
  for (const [index, { name }] of builder.clusters.entries())
    builder.add(name, "0".repeat(64), found[index] ?? { outcome: "failed", failure });
  const pins = {
    git: { revision: "0".repeat(40), dirty: false },
    configHash: "0".repeat(64),
    images: { proxy: "r/p" },
  };
  // As a program reads it: what is undefined is not there.
  return JSON.parse(JSON.stringify({ fleet: fleet.name, ...pins, plan: builder.build() }));
}

it("of a plan takes every kind of gate, engine and outcome", () => {
  expect([...Errors(PlanSchema, described())]).toEqual([]);
});

it("is closed, so that nothing is printed that it does not name", () => {
  const { plan, ...rest } = described();
  expect(Check(PlanSchema, { plan: { ...plan, more: 1 }, ...rest })).toBe(false);
  const { a, ...others } = plan.clusters;
  const clusters = { ...others, a: { ...a, gitops: { ...a.gitops, password: "p" } } };
  expect(Check(PlanSchema, { plan: { ...plan, clusters }, ...rest })).toBe(false);
  const { waves: _, ...without } = plan;
  expect(Check(PlanSchema, { plan: without, ...rest })).toBe(false);
});
