import { expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy, type ModuleSettings } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { relaxationsOf } from "./relaxations.ts";
import { workloadOf } from "./workload.ts";

const image = "registry.example.com/sample:1.0";

function told(createOptions: object, policy: Partial<ModulePolicy>, more: Partial<ModuleSettings> = {}) {
  const modules = { ...defaultModuleSettings, ...more, policy: { ...defaultModuleSettings.policy, ...policy } };
  const parsed = parseManifest(manifestText({ a: { settings: { image, createOptions } } }), modules);
  const [module] = parsed.ok ? parsed.manifest.modules : [];
  if (module === undefined) throw new Error(JSON.stringify(parsed));
  return relaxationsOf(workloadOf(module, { ...installation, settings: { ...installation.settings, modules } }, "g"));
}

it("tells of ports of the node", () => {
  const createOptions = { HostConfig: { PortBindings: { "8080/tcp": [{ HostPort: "18080" }] } } };
  expect(told(createOptions, {}, { hostPorts: "HostPort" })).toEqual(["port 18080 of the node"]);
  expect(told(createOptions, {})).toEqual([]);
});

it("tells of priorities, taints and annotations that the policy opens", () => {
  const createOptions = {
    Labels: { "iam.amazonaws.com/role": "x", note: "y" },
    "k8s-extensions": { priorityClassName: "plant", tolerations: [{ key: "line", operator: "Exists" }] },
  };
  const policy = { priorityClasses: ["plant"], tolerations: ["line"], annotations: ["iam.amazonaws.com"] };
  const lostNode = { seconds: 30, withVolume: "move" } as const;
  expect(told(createOptions, policy, { lostNode })).toEqual([
    "PriorityClass plant",
    "nodes with taint line",
    "annotation iam.amazonaws.com/role",
  ]);
});
