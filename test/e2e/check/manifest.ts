import { dataKeys, objectNames } from "#contract";
import { changeSettings, core, type Situation } from "../../support/broken-installation/index.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Lane } from "./lane.ts";

/** A module as a manifest of the cluster has it, its image filled in. */
type Entries = Readonly<Record<string, unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: a manifest is an open document
const desiredOf = (manifest: any) => manifest.modulesContent.$edgeAgent["properties.desired"];

/** Changes the manifest in the cluster by hand. */
// biome-ignore lint/suspicious/noExplicitAny: a manifest is an open document
export function changeManifest(lane: Lane, change: (desired: any) => void): Promise<void> {
  return changeSettings(lane, objectNames.deployment, dataKeys.deployment, (manifest) => change(desiredOf(manifest)));
}

export function writeManifestText(lane: Lane, text: string): Promise<void> {
  return lane.patch(core(lane, "configmaps", objectNames.deployment), { data: { [dataKeys.deployment]: text } });
}

/** Adds modules of the sample's image, unless they name another, to those of the lane. */
export function addModules(lane: Lane, modules: Readonly<Record<string, Entries>>): Promise<void> {
  return changeManifest(lane, (desired) => {
    const { image } = desired.modules.sensor.settings;
    for (const [id, { settings = {}, ...fields }] of Object.entries(modules)) {
      const usual = { type: "docker", status: "running", restartPolicy: "always" };
      desired.modules[id] = { ...usual, ...fields, settings: { image, ...(settings as object) } };
    }
  });
}

const upAgain = /npx edgectl up --stack edge-check-/;

/** What is wrong with the manifest itself. */
export const manifests: readonly Situation<Lane>[] = [
  {
    name: "the manifest is no JSON",
    plant: (lane) => writeManifestText(lane, "{"),
    ...{ id: "manifest", severity: "error", cause: "manifest-refused", message: /JSON/, fix: upAgain },
  },
  {
    name: "the manifest has a schema version that EdgeAgent does not know",
    plant: (lane) =>
      changeManifest(lane, (desired) => {
        desired.schemaVersion = "9.9";
      }),
    ...{ id: "manifest", severity: "error", cause: "manifest-refused", message: /schemaVersion/, fix: upAgain },
  },
  {
    name: "a module asks for what the installation's policy does not let it have",
    plant: (lane) =>
      addModules(lane, { plc: { settings: { createOptions: { HostConfig: { NetworkMode: "host" } } } } }),
    ...{
      id: "manifest",
      severity: "error",
      cause: "manifest-refused",
      message: /modules\.plc.*NetworkMode/,
      fix: upAgain,
    },
  },
  {
    name: "a module asks for something that has no effect",
    plant: (lane) => addModules(lane, { idle: { settings: idle, env: { IOTEDGE_MODULEID: { value: "x" } } } }),
    ...{
      id: "manifest",
      severity: "warning",
      cause: "manifest-warning",
      message: /IOTEDGE_MODULEID.*no effect/,
      fix: /Change it/,
    },
    undo: (lane) => lane.up(),
  },
  {
    name: "the manifest was changed by hand",
    plant: (lane) =>
      changeManifest(lane, (desired) => {
        desired.modules.sensor.env = { NOTE: { value: "by hand" } };
      }),
    ...{
      id: "manifest",
      severity: "warning",
      cause: "manifest-edited",
      message: /is not what the stack declares: it was changed by hand/,
      fix: upAgain,
    },
  },
];

const idle = { createOptions: { Entrypoint: ["/bin/node", "-e", "setInterval(() => {}, 1000)"] } };

/** Objects that keep a module's pod from being made or placed, with the module. */
function beside(objects: readonly object[], module: Entries) {
  return {
    plant: async (lane: Lane) => {
      for (const object of objects)
        await lane.apply({ ...object, metadata: { ...metaOf(object), namespace: lane.namespace } });
      await addModules(lane, { failing: module });
    },
    undo: async (lane: Lane) => {
      for (const object of objects) {
        const { apiVersion, kind } = object as { apiVersion: string; kind: string };
        const found = await lane.cluster.get({
          apiVersion,
          kind,
          namespace: lane.namespace,
          name: metaOf(object).name,
        });
        if (found !== undefined) await lane.cluster.delete(found, "Background");
      }
    },
  };
}

const metaOf = (object: object) => (object as { metadata: { name: string } }).metadata;

const level = (value: string | null) => (lane: Lane) =>
  lane.patch(`/api/v1/namespaces/${lane.namespace}`, {
    metadata: { labels: { "pod-security.kubernetes.io/enforce": value } },
  });

/** What is wrong around a module. */
export const surroundings: readonly Situation<Lane>[] = [
  {
    name: "a quota lets no more pods be made",
    ...beside(
      [{ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "pods" }, spec: { hard: { pods: "3" } } }],
      { settings: idle },
    ),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "quota-exceeded",
      message: /exceeded quota: pods/,
      fix: /describe resourcequota -n edge-check-/,
    },
  },
  {
    name: "a LimitRange refuses the pod",
    ...beside(
      [
        {
          ...{ apiVersion: "v1", kind: "LimitRange", metadata: { name: "small" } },
          spec: { limits: [{ type: "Pod", max: { memory: "1Mi" } }] },
        },
      ],
      { settings: idle },
    ),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "pod-refused",
      message: /maximum memory usage per Pod is 1Mi/,
      fix: /describe namespace edge-check-/,
    },
  },
  {
    name: "the namespace's Pod Security level refuses the pod",
    plant: async (lane) => {
      await level("restricted")(lane);
      await addModules(lane, {
        failing: { settings: { createOptions: { ...idle.createOptions, HostConfig: { Privileged: true } } } },
      });
    },
    undo: level(null),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "pod-refused",
      message: /violates PodSecurity/,
      fix: /describe namespace edge-check-/,
    },
  },
  {
    name: "an admission policy of the cluster refuses a module's objects",
    plant: async (lane) => {
      for (const object of refusing(lane.namespace)) await lane.apply(object);
      await waitFor("the policy to be in force", () => isRefused(lane));
      await addModules(lane, { failing: { settings: idle } });
    },
    undo: async (lane) => {
      for (const { apiVersion, kind, metadata } of refusing(lane.namespace)) {
        const found = await lane.cluster.get({ apiVersion, kind, name: metadata.name });
        if (found !== undefined) await lane.cluster.delete(found, "Background");
      }
    },
    ...{
      id: "manifest",
      severity: "error",
      cause: "object-refused",
      message: /admission policy edge-check-modules-\d-nobody refuses the object of/,
      fix: upAgain,
    },
  },
  {
    name: "a claim finds no volume",
    ...beside(
      [
        {
          ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" } },
          spec: {
            ...{ accessModes: ["ReadWriteOnce"], storageClassName: "none" },
            resources: { requests: { storage: "1Mi" } },
          },
        },
      ],
      {
        settings: {
          createOptions: {
            ...idle.createOptions,
            HostConfig: { Mounts: [{ Type: "volume", Source: "data", Target: "/data" }] },
          },
        },
      },
    ),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "unschedulable",
      message: /unbound immediate PersistentVolumeClaims/,
      fix: /describe pod failing-\S+ -n edge-check-/,
    },
  },
  {
    name: "a module asks for more memory than any node has",
    ...beside([], { settings: { createOptions: { ...idle.createOptions, HostConfig: { Memory: 2 ** 42 } } } }),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "unschedulable",
      message: /Insufficient memory/,
      fix: /describe pod failing-\S+ -n edge-check-/,
    },
  },
  {
    name: "a module's health check has not succeeded yet",
    ...beside([], {
      settings: {
        createOptions: {
          ...idle.createOptions,
          Healthcheck: {
            Test: ["CMD", "/bin/node", "-e", "console.log('no line yet'); process.exit(1)"],
            ...{ Interval: 1e9, Timeout: 30e9, StartPeriod: 600e9 },
          },
        },
      },
    }),
    ...{
      id: "modules",
      severity: "error",
      component: "failing",
      cause: "not-ready",
      message: /its health check fails: Startup probe failed: no line yet/,
      fix: /npx edgectl logs failing/,
    },
  },
];

/** A policy of somebody else, by which nobody may have a Deployment of the module's name. */
function refusing(namespace: string) {
  const name = `${namespace}-nobody`;
  const rule = {
    apiGroups: ["apps"],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["deployments"],
  };
  const admission = "admissionregistration.k8s.io/v1";
  return [
    {
      ...{ apiVersion: admission, kind: "ValidatingAdmissionPolicy", metadata: { name } },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: "object.metadata.name != 'failing'", message: "nobody may" }],
      },
    },
    {
      ...{ apiVersion: admission, kind: "ValidatingAdmissionPolicyBinding", metadata: { name } },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
      },
    },
  ];
}

/** An API server takes a policy up some time after it was made. */
async function isRefused({ apply, cluster, namespace }: Lane): Promise<true | undefined> {
  const labels = { app: "failing" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "example.org/c:1" }] } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  try {
    const made = await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "failing", namespace },
      spec,
    });
    await cluster.delete(made, "Background");
    return undefined;
  } catch (error) {
    if (String(error).includes(`${namespace}-nobody`)) return true;
    throw error;
  }
}
