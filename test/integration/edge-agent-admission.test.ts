import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentSettings, defaultModuleSettings, labels, type ModuleSettings, objectNames } from "#contract";
import { podSecurityLevel } from "../../infra/installation/pod-security-level.ts";
import type { KubernetesObject, ObjectStore } from "../../runtime/base/kubernetes-objects.ts";
import { corpus, situations } from "../../runtime/edge-agent/fixtures/corpus.ts";
import { desiredObjects } from "../../runtime/edge-agent/mapping/desired-objects.ts";
import type { Installation as Target } from "../../runtime/edge-agent/mapping/installation.ts";
import { execute } from "../../runtime/edge-agent/reconcile/execute.ts";
import { plan } from "../../runtime/edge-agent/reconcile/plan.ts";
import { createSettledWrites } from "../../runtime/edge-agent/reconcile/settled-writes.ts";
import { edgeAgentDeployment } from "../../runtime/iotedged/supervision/edge-agent-deployment.ts";
import { limits } from "../../runtime/manifest/limits.ts";
import type { DeploymentManifest, Module } from "../../runtime/manifest/manifest.ts";
import type { ServicePort } from "../../runtime/manifest/module-options.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import { deployments, jobs, namespacedPath, pods, serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../runtime/shared/kubernetes/object-store.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { modulesOf } from "../fakes/edge-installation.ts";
import { agentSettings, iotedgedSettings } from "../fakes/settings.ts";
import { daemons, furniture } from "../support/edgeagent-token/furniture.ts";
import { present } from "../support/edgeagent-token/object-attempts.ts";
import { image, originalsOf } from "../support/edgeagent-token/originals.ts";
import { type Outcome, outcomes, refusal, tried } from "../support/edgeagent-token/outcomes.ts";
import { chosen } from "../support/edgeagent-token/pod-attempts.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";
import { observe } from "./edge-agent/observe.ts";
import { declarePolicies, identityKey, type Policies, podOf } from "./edge-agent-admission/policies.ts";

/**
 * Attempts with fields that the oldest API server does not have: it drops them, so that nothing is left to refuse. Another
 * port of a load balancer its own validation refuses.
 */
const ofNewer = [
  "Job: another controller",
  "Service: port 10250 of a load balancer",
  ...["Deployment", "Job"].flatMap(ofWorkload),
];
const dropped: ReadonlySet<string> = new Set(isOldest ? ofNewer : []);

const settled = present.module;
/** An installation whose EdgeAgent has all rights that there are, so that none of them is the reason of a refusal. */
const modules: ModuleSettings = {
  ...defaultModuleSettings,
  volumes: { ...defaultModuleSettings.volumes, create: true, deletion: "delete" },
  registryCredentials: true,
  closedSecrets: [chosen.ca, chosen.pull],
};
/** With every setting of the proxy, as the Pulumi program gives them. */
const proxy = { ...agentSettings.proxy, maxConnections: 1024 };
const settings: AgentSettings = { ...agentSettings, proxy, imagePullSecrets: [chosen.pull], modules };

async function targetOf({ admin, namespace }: Installation, own: AgentSettings): Promise<Target> {
  const owner = await admin.get(serviceAccounts, objectNames.iotedged);
  if (owner === undefined) throw new Error("no owner");
  const identity = { ...iotedgedSettings, installation: { name: namespace, namespace } };
  return { identity, settings: own, owner: ownerReference(owner), credentials: noCredentials };
}

describe("with EdgeAgent's token", () => {
  /** The one without the policies, the other with them. */
  let pair: readonly Installation[];
  let policies: Policies;

  beforeAll(async () => {
    pair = await Promise.all([1, 2].map(() => createInstallation({}, { level: "privileged", modules })));
    for (const { admin, namespace } of pair) {
      for (const object of [...daemons(namespace), ...furniture(namespace)]) await admin.apply(object);
    }
    policies = await declarePolicies(pair[1] as Installation, settings);
  });
  afterAll(async () => {
    await policies?.remove();
    for (const installation of pair ?? []) await installation.remove();
  });

  it("leave alone EdgeAgent's own pod, which mounts settings", async () => {
    const guarded = pair[1] as Installation;
    const { identity, owner } = await targetOf(guarded, settings);
    const { spec } = edgeAgentDeployment({ identity, settings, owner, generationId: "g" });
    const metadata = { ...spec?.template.metadata, name: "edgeagent-own" };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: spec?.template.spec } as KubernetesObject;
    await expect(guarded.admin.create(pod)).resolves.toMatchObject({ metadata: { name: "edgeagent-own" } });
    await guarded.admin.remove(pods, "edgeagent-own");
  });

  it("one can do what the golden table says, without the admission policies and with them", async () => {
    const found = await Promise.all(pair.map(ofToken));
    const [without = [], guarded = []] = found.map((all) => all.filter(({ what }) => !dropped.has(what)));
    const rows = without.map(({ what, outcome }, index) => {
      const other = guarded[index];
      expect(other?.what).toBe(what);
      return `| ${what} | ${outcome === "taken" ? "taken" : `**${outcome}**`} | ${other?.outcome} |`;
    });
    const table = ["| what | without | with |", "| --- | --- | --- |", ...rows, ""].join("\n");
    const file = "edge-agent-admission/golden/edgeagent-token.md";
    if (!isOldest) return expect(table).toMatchFileSnapshot(file);
    const golden = await readFile(join(import.meta.dirname, file), "utf8");
    const isKept = (row: string) => !dropped.has(row.split(" | ")[0]?.slice(2) ?? "");
    expect(table.split("\n")).toEqual(golden.split("\n").filter(isKept));
  });

  it("one cannot have what others put into modules' pods on their way", async () => {
    const [open, guarded] = pair as [Installation, Installation];
    const create = ({ namespace, call }: Installation, volume: object, label: string = labels.module) =>
      refusal(() =>
        call("create", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, podOf(namespace, label, volume, settled)),
      );
    expect(await create(open, identityKey)).toBeUndefined();
    for (const label of [labels.module, labels.puller])
      expect(await create(guarded, identityKey, label)).toContain("Secrets and ConfigMaps of its installation");
    for (const secretName of [objectNames.workloadCa, chosen.ca, chosen.pull]) {
      expect(await create(guarded, { projected: { sources: [{ secret: { name: secretName } }] } })).toBeDefined();
    }
    expect(await create(guarded, { secret: { secretName: "of-others" } })).toBeUndefined();
  });

  it("a module as large as a manifest can make it is still one that the API server can judge", async () => {
    const installation = pair[1] as Installation;
    const variables = Array.from({ length: limits.entries.most }, (_, index) => [
      `V${index}`,
      { valueFrom: { secretKeyRef: { name: "of-others", key: "k" } } },
    ]);
    const volumes = Array.from({ length: 95 }, (_, index) => ({
      volume: { name: `v${index}`, secret: { secretName: `s${index}` } },
      volumeMounts: [{ mountPath: `/v${index}` }],
    }));
    const createOptions = { Labels: { text: "our-c".repeat(12_000) }, "k8s-experimental": { volumes } };
    const [module] = modulesOf({ large: { env: Object.fromEntries(variables), settings: { image, createOptions } } });
    const { workload } = desiredObjects(module as Module, await targetOf(installation, settings), "generation-1");
    const client = await installation.agentClient();
    const object = workload as KubernetesObject;
    expect(
      await refusal(() => tried(client, installation.namespace, { what: "", verb: "apply", object })),
    ).toBeUndefined();
    await client.close();
  });

  it("the policies are ones that the API server's type checker has nothing against", async () => {
    expect(await policies.warnings()).toEqual([]);
  });
});

function ofWorkload(kind: string): readonly string[] {
  return [`${kind}: devices by claim`, `${kind}: a field that no module needs`];
}

async function ofToken(installation: Installation): Promise<readonly Outcome[]> {
  const client = await installation.agentClient();
  const results = await outcomes(client, originalsOf(await targetOf(installation, settings)));
  await client.close();
  return results;
}

/** A cluster has each port of its nodes once, and tests of another file make the same Services meanwhile. */
function withOwnNodePorts(manifest: DeploymentManifest): DeploymentManifest {
  const own = ({ nodePort, ...port }: ServicePort) => ({ ...port, ...(nodePort && { nodePort: nodePort + 1 }) });
  const modules = manifest.modules.map(({ service, ...module }) => ({
    ...module,
    service: { ...service, ports: service.ports.map(own) },
  }));
  return { ...manifest, modules };
}

/** Of the situations, those that take another policy than the corpus: the others are the same to the API server. */
const ofOtherPolicy = situations().filter(({ settings: own }) => !isDeepStrictEqual(own, defaultModuleSettings));

/** Claims of devices came with 1.34. */
const isKnown = ({ modules }: DeploymentManifest) =>
  !isOldest || modules.every(({ container }) => container.claimTemplates === undefined);
const accepted = [...corpus(), ...ofOtherPolicy].flatMap(({ name, settings: own, parsed }) =>
  parsed.ok && isKnown(parsed.manifest) ? [{ name, settings: own, manifest: withOwnNodePorts(parsed.manifest) }] : [],
);
/** Specimens by what their installation lets modules have. */
const groups = accepted.reduce<{ readonly modules: ModuleSettings; readonly specimens: (typeof accepted)[number][] }[]>(
  (found, specimen) => {
    const group = found.find((one) => isDeepStrictEqual(one.modules, specimen.settings));
    if (group === undefined) found.push({ modules: specimen.settings, specimens: [specimen] });
    else group.specimens.push(specimen);
    return found;
  },
  [],
);

describe.each(groups)("with the admission policies, EdgeAgent", ({ modules: own, specimens }) => {
  let installation: Installation;
  let policies: Policies;
  let agent: ObjectStore;
  let target: Target;

  beforeAll(async () => {
    const level = podSecurityLevel(own.policy, own.hostPorts);
    installation = await createInstallation({}, { level, modules: own });
    const ofAgent: AgentSettings = { ...agentSettings, proxy, modules: own };
    policies = await declarePolicies(installation, ofAgent);
    await provideRuntimeClass(own.policy.gpu?.runtimeClassName);
    target = await targetOf(installation, ofAgent);
    const client = await installation.agentClient();
    agent = createObjectStore({ client, namespace: installation.namespace, fieldManager: "edgeagent" });
  });
  afterAll(async () => {
    await policies?.remove();
    await installation?.remove();
  });

  /** Without it, the API server takes no pod that names it. */
  async function provideRuntimeClass(name: string | undefined): Promise<void> {
    if (name === undefined) return;
    const body = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name }, handler: name };
    const path = "/apis/node.k8s.io/v1/runtimeclasses";
    await installation.call("create", path, body).catch((error: unknown) => {
      if (!String(error).includes("(409)")) throw error;
    });
  }

  async function write(wanted: readonly Module[]): Promise<void> {
    for (let pass = 0; pass < 2; pass++) {
      const settled = createSettledWrites();
      const effects = await execute(plan(wanted, target, await observe(installation), settled), agent, settled);
      expect(effects.flatMap((effect) => (effect.type === "failed" ? [effect.error.message] : []))).toEqual([]);
    }
  }

  it.each(specimens)("makes, changes and deletes the objects of $name", async ({ manifest }) => {
    target = { ...target, credentials: manifest.credentials };
    await write(manifest.modules);
    const running = manifest.modules.filter(({ status }) => status === "running").length;
    await waitFor("pods of every module", async () => {
      const found = await installation.admin.list(pods, { labelSelector: "net.azure-devices.edge.module" });
      const names = new Set(found.map(({ metadata }) => metadata.labels?.["net.azure-devices.edge.module"]));
      return names.size >= running ? true : undefined;
    });
    // Another image, and labels and annotations that others have added meanwhile.
    for (const kind of [deployments, serviceAccounts]) {
      for (const { metadata } of await installation.admin.list<KubernetesObject>(kind)) {
        if (metadata.labels?.["net.azure-devices.edge.module"] === undefined) continue;
        await installation.call(
          "patch",
          namespacedPath(kind, installation.namespace, metadata.name),
          othersMarks(kind),
        );
      }
    }
    await write(manifest.modules.map((module) => ({ ...module, image: `${module.image}-2` })));
    await write([]);
    const left = [await installation.admin.list(deployments), await installation.admin.list(jobs)].flat();
    expect(left.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
  });
});

/** What `kubectl rollout restart`, and people, write into objects of EdgeAgent. */
function othersMarks(kind: object) {
  const marks = {
    labels: { team: "plant" },
    annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" },
  };
  return kind === deployments ? { metadata: marks, spec: { template: { metadata: marks } } } : { metadata: marks };
}
