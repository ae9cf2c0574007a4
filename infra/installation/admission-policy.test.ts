import { expect, it } from "vitest";
import { recordInstallation } from "./test/sample.ts";

const kinds = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];

it("declares an admission policy only when it shall", async () => {
  const { all } = await recordInstallation({});
  expect(kinds.flatMap((kind) => all(kind))).toEqual([]);
});

it("lets the policy count for EdgeAgent in its own namespace", async () => {
  const { find } = await recordInstallation({ name: "line-1", edgeAgent: { admissionPolicy: true } });
  const name = "iotedge-line-1-edgeagent-workloads";
  const { spec: policy } = find("ValidatingAdmissionPolicy", name).inputs;
  const { spec: binding } = find("ValidatingAdmissionPolicyBinding", name).inputs;
  expect(policy.matchConditions).toEqual([
    expect.objectContaining({ expression: "request.userInfo.username == 'system:serviceaccount:edge-a:edgeagent'" }),
  ]);
  expect(JSON.stringify(policy.validations)).toContain("iotedge:edge-a/line-1");
  expect(binding).toEqual({
    policyName: name,
    validationActions: ["Deny"],
    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge-a" } } },
  });
});
