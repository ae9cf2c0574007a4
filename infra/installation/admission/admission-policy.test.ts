import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { proxyEnvironment } from "#contract";
import type { EdgeAgentArgs } from "../args.ts";
import { recordInstallation } from "../test/sample.ts";
import { admissionPolicyOff } from "./opt-out.ts";

const kinds = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
const names = ["iotedge-edge-a-edgeagent-workloads", "iotedge-edge-a-module-accounts", "iotedge-edge-a-module-pods"];

describe("the admission policies", () => {
  it("are declared unless somebody says why not", async () => {
    const { all, find } = await recordInstallation({});
    for (const kind of kinds)
      expect(
        all(kind)
          .map(({ inputs }) => inputs.metadata.name)
          .sort(),
      ).toEqual(names);
    expect(find("ServiceAccount", "edgeagent").inputs.metadata.annotations).toBeUndefined();
    const old = await recordInstallation({ edgeAgent: { admissionPolicy: true } });
    expect(old.all("ValidatingAdmissionPolicy")).toHaveLength(3);
  });

  it("leave the reason behind where there are none", async () => {
    const edgeAgent = { admissionPolicy: false, admissionPolicyOffBecause: "no right to make policies" };
    const { all, find } = await recordInstallation({ edgeAgent });
    expect(kinds.flatMap((kind) => all(kind))).toEqual([]);
    expect(find("ServiceAccount", "edgeagent").inputs.metadata.annotations).toEqual({
      "iotedge.dev/admission-policy-off": "no right to make policies",
    });
  });

  it.each<[EdgeAgentArgs, string]>([
    [{ admissionPolicy: false }, "without a reason"],
    [{ admissionPolicy: false, admissionPolicyOffBecause: "  " }, "without a reason"],
    [{ admissionPolicyOffBecause: "I want to" }, "a reason for what is on"],
  ])("are not turned off by %j", (edgeAgent, message) => {
    expect(() => admissionPolicyOff("edge-a", edgeAgent)).toThrow(message);
  });

  it("count for EdgeAgent, and for modules' pods, in their own namespace", async () => {
    const { find } = await recordInstallation({ name: "line-1" });
    for (const name of names.map((one) => one.replace("edge-a", "line-1"))) {
      const { paramRef, ...binding } = find("ValidatingAdmissionPolicyBinding", name).inputs.spec;
      expect(paramRef === undefined).toBe(!name.endsWith("module-accounts"));
      expect(find("ValidatingAdmissionPolicy", name).inputs.spec.failurePolicy).toBe("Fail");
      expect(binding).toEqual({
        policyName: name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge-a" } } },
      });
    }
    const { spec } = find("ValidatingAdmissionPolicy", "iotedge-line-1-edgeagent-workloads").inputs;
    expect(spec.matchConditions).toEqual([
      expect.objectContaining({ expression: "request.userInfo.username == 'system:serviceaccount:edge-a:edgeagent'" }),
    ]);
    expect(JSON.stringify(spec.validations)).toContain("iotedge:edge-a/line-1");
  });

  it("stand before iotedged starts EdgeAgent, and for as long as it runs", async () => {
    const { find, all } = await recordInstallation({});
    const needs = [find("Deployment", "iotedged").options.dependsOn].flat();
    expect(needs.length).toBeGreaterThan(4);
    const declared = needs.map((need) => (need as { __name?: string }).__name);
    for (const { name } of kinds.flatMap((kind) => all(kind))) expect(declared).toContain(name);
  });

  it("let the proxy have the variables that EdgeAgent gives it by the same installation's settings", async () => {
    const { find } = await recordInstallation({});
    const { proxy, logLevel } = JSON.parse(find("ConfigMap", "iotedged-agent-config").inputs.data["settings.json"]);
    const given = proxyEnvironment({ management: false, logLevel, proxy });
    const list = JSON.stringify(given.map(({ name, value }) => `${name}=${value}`));
    const { validations } = find("ValidatingAdmissionPolicy", names[0]).inputs.spec;
    expect(validations.map(({ expression }: { expression: string }) => expression).join("\n")).toContain(list);
  });

  it("have no rule that no attempt with EdgeAgent's token has run into", async () => {
    const { find } = await recordInstallation({});
    const { validations } = find("ValidatingAdmissionPolicy", names[0]).inputs.spec as {
      validations: readonly { readonly message: string }[];
    };
    const table = new URL("../../../test/integration/edge-agent-admission/golden/edgeagent-token.md", import.meta.url);
    const tried = readFileSync(table, "utf8");
    expect(validations.map(({ message }) => message).filter((message) => !tried.includes(`| ${message} |`))).toEqual(
      [],
    );
  });
});
