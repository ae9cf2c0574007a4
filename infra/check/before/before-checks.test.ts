import { describe, expect, it } from "vitest";
import { defaultModuleSettings, objectNames } from "#contract";
import type { LiveObject } from "../../kubernetes/kubernetes-types.ts";
import type { KubernetesObject } from "../../render/kubernetes-object.ts";
import { runChecks } from "../model/check.ts";
import { known, unknown } from "../model/observed.ts";
import { beforeChecks } from "./before-checks.ts";
import type { BeforeSeen, NamespaceSeen, StackSeen } from "./observations.ts";

const now = Date.UTC(2026, 0, 1);
const namespace = "edge-a";
const live = (object: object) => object as LiveObject;
const node = (name: string, more: object = {}) =>
  live({
    metadata: { name },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { architecture: "amd64", kubeletVersion: "v1.36.1" },
      ...more,
    },
  });

const resources = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } };
const settings = {
  ...{ enabled: true, replicas: 1, imagePullSecrets: [], logLevel: "info", modules: defaultModuleSettings },
  ...{
    edgeAgent: { resources },
    proxy: { resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { memory: "64Mi" } } },
  },
};

function declared(
  modules: object = defaultModuleSettings,
  securityContext: object = { runAsUser: 1000 },
): readonly KubernetesObject[] {
  const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules: {} };
  const manifest = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const configMap = (name: string, key: string, value: unknown) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { [key]: JSON.stringify(value) } },
  });
  const ports = [443, 6443].map((port) => ({ protocol: "TCP", port }));
  const dns = [{ protocol: "UDP", port: 53 }];
  return [
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: objectNames.iotedged, namespace } },
      spec: { replicas: 2, template: { spec: { securityContext, containers: [{ name: "iotedged", resources }] } } },
    },
    configMap(objectNames.agentConfig, "settings.json", { ...settings, modules }),
    configMap(objectNames.deployment, "deployment.json", manifest),
    {
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "iotedged", namespace } },
      spec: { policyTypes: ["Egress"], egress: [{ ports }, { ports: dns }] },
    },
    // It closes pods that fetch images, which ask nobody.
    {
      ...{
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: objectNames.puller, namespace },
      },
      spec: { policyTypes: ["Ingress", "Egress"] },
    },
  ] as KubernetesObject[];
}

const serviceAt = (front: number, behind: number) =>
  known({ front: [{ address: "10.96.0.1", port: front }], behind: [{ address: "10.0.0.5", port: behind }] });

const place: NamespaceSeen = {
  name: namespace,
  object: known(live({ metadata: { name: namespace } })),
  quotas: known([]),
  limits: known([]),
  pullSecrets: known([]),
  scc: known(undefined),
  deployed: known(false),
};
const stack: StackSeen = {
  ...{ name: "s", objects: known(declared()), refusal: undefined, warnings: [], builtFor: undefined },
  ...{ unservedKinds: known([]), rights: known({ missing: [], asked: 1, exceeding: [], handedOut: 1 }) },
  ...{
    namespaces: [place],
    storageClasses: known([]),
    foreign: known([]),
    certificates: known([]),
    lock: known(undefined),
  },
};
const healthy: BeforeSeen = {
  ...{ now, hints: { kubectl: "kubectl", up: "npx edgectl up --stack s" }, server: "https://10.0.0.1:6443" },
  tools: { node: "v24.18.0", pulumi: "v3.260.0", kubectl: "v1.36.0" },
  environment: { proxy: undefined, noProxy: undefined, ofKubeconfig: false },
  api: known({ gitVersion: "v1.36.3", date: now, asked: now, answered: now + 10 }),
  ...{
    nodes: known([node("n1")]),
    apiServer: serviceAt(443, 6443),
    dns: serviceAt(53, 53),
    leftovers: known([]),
    stack,
  },
};

const inStack = (more: Partial<StackSeen>): BeforeSeen => ({ ...healthy, stack: { ...stack, ...more } });
const inNamespace = (more: Partial<NamespaceSeen>) => inStack({ namespaces: [{ ...place, ...more }] });
const quota = (hard: object, used: object = {}) =>
  known([live({ metadata: { name: "q" }, spec: { hard }, status: { used } })]);
const range = (limits: object) =>
  known([live({ metadata: { name: "r" }, spec: { limits: [{ type: "Container", ...limits }] } })]);
const enforced = (level: string) =>
  known(live({ metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": level } } }));

const bad = (seen: BeforeSeen) =>
  runChecks(beforeChecks, seen, "cluster")
    .filter(({ severity }) => severity !== "ok")
    .map(({ id, severity }) => `${severity} ${id}`);

it("says nothing of what is well", () => {
  expect(bad(healthy)).toEqual([]);
  expect(runChecks(beforeChecks, healthy, "cluster").map(({ id }) => id)).toEqual(
    expect.arrayContaining(beforeChecks.map(({ id }) => id)),
  );
});

describe("says what is wrong where", () => {
  it.each<[string, BeforeSeen, string]>([
    ["pulumi has no node", { ...healthy, tools: { ...healthy.tools, node: undefined } }, "error tools"],
    ["pulumi's node is too old", { ...healthy, tools: { ...healthy.tools, node: "v18.1.0" } }, "error tools"],
    ["there is no kubectl", { ...healthy, tools: { ...healthy.tools, kubectl: undefined } }, "warning tools"],
    [
      "the server is too old",
      { ...healthy, api: known({ gitVersion: "v1.29.9", date: now, asked: now, answered: now }) },
      "error server-version",
    ],
    [
      "the clocks differ",
      { ...healthy, api: known({ gitVersion: "v1.36.3", date: now - 100_000, asked: now, answered: now }) },
      "warning clock",
    ],
    [
      "the clocks differ much",
      { ...healthy, api: known({ gitVersion: "v1.36.3", date: now + 400_000, asked: now, answered: now }) },
      "error clock",
    ],
    [
      "a proxy is asked for the cluster",
      { ...healthy, environment: { proxy: "http://p", noProxy: "x.com", ofKubeconfig: false } },
      "warning proxy-variables",
    ],
    ["something is left", { ...healthy, leftovers: known(["clusterrole/iotedge:x:y"]) }, "warning leftovers"],
    ["no node is ready", { ...healthy, nodes: known([node("n", { conditions: [] })]) }, "error nodes-ready"],
    [
      "a kubelet is too old",
      {
        ...healthy,
        nodes: known([node("n"), node("o", { nodeInfo: { architecture: "amd64", kubeletVersion: "v1.28.3" } })]),
      },
      "error sidecars",
    ],
    [
      "nodes differ",
      {
        ...healthy,
        nodes: known([node("n"), node("a", { nodeInfo: { architecture: "arm64", kubeletVersion: "v1.36.0" } })]),
      },
      "warning architectures",
    ],
    ["images are for others", inStack({ builtFor: "arm64" }), "error architectures"],
    [
      "the program refuses it",
      inStack({ refusal: { code: "EDGE_X", message: "no", remedy: "r" } }),
      "error stack-valid",
    ],
    ["a kind is not served", inStack({ unservedKinds: known(["PodMonitor of x/v1"]) }), "error kinds-served"],
    [
      "rights are missing",
      inStack({ rights: known({ missing: ["get pods"], asked: 2, exceeding: [], handedOut: 1 }) }),
      "error permissions",
    ],
    [
      "rights would be exceeded",
      inStack({ rights: known({ missing: [], asked: 2, exceeding: ["Role a"], handedOut: 1 }) }),
      "error escalation",
    ],
    [
      "something is in the way",
      inStack({ foreign: known([{ name: "Role a/b", isGitOps: false }]) }),
      "error foreign-objects",
    ],
    ["there is no namespace", inNamespace({ object: known(undefined) }), "error namespace"],
    ["SCCs do not let it", inNamespace({ scc: known(false) }), "error openshift"],
    ["the quota is used up", inNamespace({ quotas: quota({ pods: "3" }, { pods: "1" }) }), "error quota"],
    ["the quota counts what is not said", inNamespace({ quotas: quota({ "limits.cpu": "10" }) }), "error quota"],
    ["the quota leaves little", inNamespace({ quotas: quota({ pods: "4" }) }), "warning quota"],
    ["a container is too big", inNamespace({ limits: range({ max: { memory: "100Mi" } }) }), "error limit-range"],
    ["a container is too small", inNamespace({ limits: range({ min: { cpu: "10m" } }) }), "error limit-range"],
    [
      "a pull Secret is missing",
      inNamespace({ pullSecrets: known([{ name: "s", exists: false }]) }),
      "error pull-secrets",
    ],
    [
      "no class is the default",
      inStack({
        objects: known(
          declared({ ...defaultModuleSettings, volumes: { ...defaultModuleSettings.volumes, create: true } }),
        ),
      }),
      "error storage-class",
    ],
    ["the API server is elsewhere", { ...healthy, apiServer: serviceAt(443, 26443) }, "error network-api"],
    [
      "the API server's Service has a port of its own",
      { ...healthy, apiServer: serviceAt(444, 443) },
      "warning network-api",
    ],
    ["DNS is elsewhere", { ...healthy, dns: serviceAt(53, 10053) }, "error network-dns"],
    [
      "a rollout has it",
      inStack({
        lock: known(
          live({ metadata: { name: "l" }, spec: { holderIdentity: "r@h", renewTime: new Date(now).toISOString() } }),
        ),
      }),
      "warning stack-lock",
    ],
  ])("%s", (_, seen, finding) => {
    expect(bad(seen)).toEqual([finding]);
    const results = runChecks(beforeChecks, seen, "cluster").filter(({ severity }) => severity !== "ok");
    for (const { fix, docs, id } of results) expect([fix === "", docs]).toEqual([false, `docs/check.md#${id}`]);
  });
});

it("does not say of what GitOps deploys that it can be taken over", () => {
  const fixOf = (isGitOps: boolean) =>
    runChecks(beforeChecks, inStack({ foreign: known([{ name: "Role a/b", isGitOps }]) }), "cluster").find(
      ({ id }) => id === "foreign-objects",
    )?.fix;
  expect(fixOf(false)).toContain("--adopt");
  expect(fixOf(true)).toMatch(/^Flux or Argo CD deploys them/);
  expect(fixOf(true)).not.toContain("--adopt");
});

it("lets a quota be that a LimitRange makes bearable, that counts what is there, or that is for other pods", () => {
  const limits = range({ default: { cpu: "1" } });
  const scoped = known([live({ metadata: { name: "q" }, spec: { hard: { pods: "0" }, scopes: ["BestEffort"] } })]);
  for (const seen of [
    inNamespace({ quotas: quota({ "limits.cpu": "10" }), limits }),
    inNamespace({ quotas: quota({ pods: "3" }, { pods: "3" }), deployed: known(true) }),
    inNamespace({ quotas: scoped }),
    inNamespace({ object: enforced("restricted") }),
  ]) {
    expect(bad(seen)).toEqual([]);
  }
});

it("lets pods be that name no user, where the platform assigns them", () => {
  const assigned = known(declared(undefined, {}));
  expect(bad(inStack({ objects: assigned, namespaces: [{ ...place, scc: known(false) }] }))).toEqual([]);
});

it("says of what could not be seen that it is not known, and nothing else", () => {
  const why = unknown("no right to list nodes");
  expect(bad({ ...healthy, nodes: why })).toEqual([
    "unknown nodes-ready",
    "unknown sidecars",
    "unknown architectures",
    "unknown read-only-mounts",
  ]);
  const blind = inNamespace({ object: why, quotas: why, limits: why, pullSecrets: why, scc: why, deployed: why });
  expect(new Set(bad(blind).map((one) => one.split(" ")[0]))).toEqual(new Set(["unknown"]));
  const [first] = runChecks(beforeChecks, { ...healthy, nodes: why }, "cluster").filter(
    ({ id }) => id === "nodes-ready",
  );
  expect(first?.message).toBe("not known: no right to list nodes");
});

it("names in commands what a shell takes for one word", () => {
  const [found] = runChecks(
    beforeChecks,
    { ...healthy, leftovers: known(["clusterrole/$(reboot)"]) },
    "cluster",
  ).filter(({ id, severity }) => id === "leftovers" && severity === "warning");
  expect(found?.fix).toContain("delete 'clusterrole/$(reboot)'");
});
