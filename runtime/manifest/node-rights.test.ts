import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy, type ModuleSettings } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { nodeRights } from "../../test/fixtures/node-rights.ts";
import { leastPolicy } from "./least-policy.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sample:1.0";
const text = (createOptions: object, env: object = {}) =>
  manifestText({ a: { env, settings: { image, createOptions } } });

function settingsOf(policy: Partial<ModulePolicy>, more: Partial<ModuleSettings> = {}): ModuleSettings {
  return { ...defaultModuleSettings, ...more, policy: { ...defaultModuleSettings.policy, ...policy } };
}

function errors(createOptions: object, policy: Partial<ModulePolicy> = {}, more: Partial<ModuleSettings> = {}) {
  const parsed = parseManifest(text(createOptions), settingsOf(policy, more));
  return parsed.ok ? [] : parsed.errors.map(describeProblem);
}

describe("what is the nodes' own", () => {
  it.each(nodeRights)("is refused unless the policy opens it, which the refusal names: $what", (right) => {
    const { createOptions, policy, settings, closedBy = {} } = right;
    const opening = Object.keys(policy).filter((field) => field !== "hostNetwork");
    const refused = errors(createOptions, closedBy, settings);
    expect(refused).not.toEqual([]);
    expect(refused.join("\n")).toMatch(
      new RegExp(`edgeAgent\\.policy\\.devices.*by gpu|policy\\.(${opening.join("|")})`),
    );
    expect(errors(createOptions, policy, settings)).toEqual([]);
  });

  it.each(nodeRights)("takes the doors that the check names: $what", ({ createOptions, settings, closedBy }) => {
    const { needs, parsed } = leastPolicy(text(createOptions), settingsOf(closedBy ?? {}, settings));
    expect(parsed).toMatchObject({ ok: true });
    expect(needs).toHaveLength(1);
  });
});

it.each([
  "vendor",
  "org.opencontainers.image.source",
  "org.label-schema.name",
  "prometheus.io/scrape",
  "com.docker.compose.project",
])("annotation %s, on which nobody acts, needs no policy", (key) => {
  expect(errors({ Labels: { [key]: "x" } })).toEqual([]);
});

describe("what no policy opens", () => {
  const term = (labelSelector: object) => ({ topologyKey: "kubernetes.io/hostname", labelSelector });
  const affinity = (kind: string, one: object) => ({
    "k8s-extensions": { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [one] } } },
  });
  const runtime = { matchLabels: { "app.kubernetes.io/name": "iotedged" } };
  const agent = { matchLabels: { "net.azure-devices.edge.module": "edgeagent" } };

  it.each([
    ["every taint", { "k8s-extensions": { tolerations: [{ operator: "Exists" }] } }],
    ["nodes beside iotedged", affinity("podAffinity", term(runtime))],
    ["nodes beside EdgeAgent", affinity("podAffinity", term(agent))],
    ["nodes on which iotedged then does not start", affinity("podAntiAffinity", term({}))],
    ["a priority of the cluster's own pods", { "k8s-extensions": { priorityClassName: "system-node-critical" } }],
  ])("%s", (_, createOptions) => {
    const parsed = parseManifest(text(createOptions));
    expect(parsed.ok ? [] : parsed.errors).toEqual([expect.not.objectContaining({ needs: expect.anything() })]);
  });

  it.each([
    { matchLabels: { "net.azure-devices.edge.module": "sensor" } },
    { matchLabels: { "app.kubernetes.io/component": "module" } },
    { matchExpressions: [{ key: "net.azure-devices.edge.module", operator: "In", values: ["a", "b"] }] },
  ])("other modules are no such thing: %j", (selector) => {
    expect(errors(affinity("podAntiAffinity", term(selector)))).toEqual([]);
  });
});

describe("a path of the node that may be read", () => {
  const mounts = (recursiveReadOnly?: "Enabled" | "IfPossible", more: ModulePolicy["hostPaths"] = []) => {
    const own = { pathPrefix: "/data", readOnly: true, ...(recursiveReadOnly && { recursiveReadOnly }) };
    const createOptions = { HostConfig: { Binds: ["/data:/data:ro"] } };
    const parsed = parseManifest(text(createOptions), settingsOf({ hostPaths: [own, ...more] }));
    return parsed.ok ? parsed.manifest.modules.flatMap(({ container }) => container.mounts) : [];
  };

  it.each([undefined, "Enabled", "IfPossible"] as const)("is mounted so with all that is mounted below: %s", (mode) => {
    expect(mounts(mode)).toEqual([expect.objectContaining({ readOnly: true, recursiveReadOnly: mode ?? "Enabled" })]);
  });

  it("is as any other where the policy lets it be written", () => {
    const [mount] = mounts(undefined, [{ pathPrefix: "/", readOnly: false }]);
    expect(mount).toEqual({ name: "iotedge-volume-1", mountPath: "/data", readOnly: true });
  });
});

describe("a port of every node for a Service", () => {
  const chosen = (nodePort: number) => ({
    ExposedPorts: { "8080/tcp": {} },
    "k8s-experimental": { serviceOptions: { type: "NodePort", nodePort } },
  });
  const place = "modules.a.settings.createOptions.k8s-experimental.serviceOptions";

  it.each([22, 179, 2379, 6443, 10_250, 10_259, 21_000])("is none of what nodes have themselves: %i", (port) => {
    const message = expect.stringMatching(`^${place}: port ${port} of the node is that of .*policy.hostPorts`);
    expect(errors(chosen(port))).toEqual([message]);
    expect(errors(chosen(port), { hostPorts: ["1-65535"] })).toEqual([message]);
    expect(errors(chosen(port), { hostPorts: [`${port}`] })).toEqual([]);
  });

  it.each([30_443, 8443, 80])("is any other that the cluster has for Services: %i", (port) => {
    expect(errors(chosen(port))).toEqual([]);
  });
});

it.each(["kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region"])(
  "pods are spread by %s without a policy",
  (topologyKey) => {
    const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule" };
    expect(errors({ "k8s-extensions": { topologySpreadConstraints: [constraint] } })).toEqual([]);
  },
);

describe("variables that choose devices", () => {
  const gpus = [
    {},
    { gpu: { claimTemplate: "one", runtimeClassName: "nvidia" } },
    { gpu: { resource: "nvidia.com/gpu" } },
  ];
  const seen = (name: string, value: string, policy: Partial<ModulePolicy>) => {
    const parsed = parseManifest(text({}, { [name]: { value } }), settingsOf(policy));
    return parsed.ok ? parsed.manifest.modules[0]?.environment.get(name) : "refused";
  };

  it.each(gpus)("are left out, however the installation gives GPUs: %j", (policy) => {
    expect(seen("NVIDIA_VISIBLE_DEVICES", "all", policy)).toBeUndefined();
    expect(seen("AMD_VISIBLE_DEVICES", "0,1", policy)).toBeUndefined();
  });

  it("stay where they choose none", () => expect(seen("NVIDIA_VISIBLE_DEVICES", "void", {})).toBe("void"));
});
