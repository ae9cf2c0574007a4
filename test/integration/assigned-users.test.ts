import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentSettings, objectNames } from "#contract";
import { iotedgedPodTemplate } from "../../infra/installation/pod.ts";
import type { KubernetesObject } from "../../runtime/base/kubernetes-objects.ts";
import { desiredObjects } from "../../runtime/edge-agent/mapping/desired-objects.ts";
import { pullerOf } from "../../runtime/edge-agent/mapping/puller.ts";
import type { Workload } from "../../runtime/edge-agent/mapping/workload.ts";
import { edgeAgentDeployment } from "../../runtime/iotedged/supervision/edge-agent-deployment.ts";
import type { Module } from "../../runtime/manifest/manifest.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import { serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../runtime/shared/kubernetes/object-store.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { modulesOf } from "../fakes/edge-installation.ts";
import { agentSettings, iotedgedSettings } from "../fakes/settings.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { admitAsRestrictedV2, canAssign, range } from "./assigned-users/restricted-v2.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";
import { declarePolicies } from "./edge-agent-admission/policies.ts";

interface Pod {
  readonly spec: {
    readonly securityContext: { readonly fsGroup?: number };
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}
interface Container {
  readonly name: string;
  readonly securityContext: { readonly runAsUser?: number };
}

const modulesFrom = (tag: string) => ({
  plain: { settings: { image: `r/plain:${tag}`, createOptions: { HostConfig: { Binds: ["data:/data"] } } } },
});

describe("where the platform gives pods their users, as OpenShift's restricted-v2 does", () => {
  let installation: Installation;
  let platform: { remove(): Promise<void> } | undefined;
  const assigned: AgentSettings = { ...agentSettings, assignedUsers: true };

  beforeAll(async () => {
    installation = await createInstallation({});
    if (!(await canAssign(installation))) {
      progress("skipped: users that a platform assigns, this API server has no MutatingAdmissionPolicy");
      return;
    }
    platform = await admitAsRestrictedV2(installation);
  });
  afterAll(async () => {
    await platform?.remove();
    await installation?.remove();
  });

  it("all pods of an installation that says so are taken, and get users and groups of the range", async (context) => {
    if (platform === undefined) return context.skip();
    for (const [name, template] of await templates(assigned)) {
      const pod = await create(name, template);
      expect({ name, fsGroup: pod.spec.securityContext.fsGroup }).toEqual({ name, fsGroup: range.first });
      for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])])
        expect([name, container.name, container.securityContext.runAsUser]).toEqual([
          name,
          container.name,
          range.first,
        ]);
    }
  });

  it("those of an installation that names users are refused", async (context) => {
    if (platform === undefined) return context.skip();
    for (const [name, template] of await templates(agentSettings))
      await expect(create(name, template), name).rejects.toThrow("must be in the ranges");
  });

  it("a module that EdgeAgent writes by its own token gets such a pod, past the installation's own policies", async (context) => {
    if (platform === undefined) return context.skip();
    const policies = await declarePolicies(installation, assigned);
    const client = await installation.agentClient();
    try {
      const agent = createObjectStore({ client, namespace: installation.namespace, fieldManager: "edgeagent" });
      const account = await agent.apply((await moduleObjects(assigned)).serviceAccount);
      const { workload } = await moduleObjects(assigned, account.metadata.uid);
      await agent.apply(workload as KubernetesObject);
      const pod = await waitFor("the module's pod", async () => {
        const path = `/api/v1/namespaces/${installation.namespace}/pods`;
        const { items } = (await installation.call("get", path, {})) as { items: readonly Pod[] };
        return items[0];
      });
      expect(pod.spec.securityContext.fsGroup).toBe(range.first);
      expect(pod.spec.containers.map(({ securityContext }) => securityContext.runAsUser)).toEqual([range.first]);
    } finally {
      await client.close();
      await policies.remove();
    }
  });

  async function create(name: string, template: object): Promise<Pod> {
    const { metadata, spec } = template as { metadata: object; spec: { serviceAccountName?: string } };
    const pod = { metadata: { ...metadata, name }, spec: { ...spec, serviceAccountName: objectNames.iotedged } };
    return (await installation.call(
      "create",
      `/api/v1/namespaces/${installation.namespace}/pods?dryRun=All`,
      pod,
    )) as Pod;
  }

  async function target(settings: AgentSettings) {
    const { admin, namespace } = installation;
    const owner = await admin.get(serviceAccounts, objectNames.iotedged);
    if (owner === undefined) throw new Error("no owner");
    const identity = { ...iotedgedSettings, installation: { name: namespace, namespace } };
    return { identity, settings, owner: ownerReference(owner), credentials: noCredentials };
  }

  /** The pods of iotedged, of EdgeAgent, of a module and of what fetches its next image, as whoever makes them writes them. */
  async function templates(settings: AgentSettings): Promise<readonly (readonly [string, object])[]> {
    const { namespace } = installation;
    const installed = await target(settings);
    const { identity, owner } = installed;
    const daemon = iotedgedPodTemplate(identity.installation, {
      image: "r/iotedged:1",
      imagePullPolicy: "IfNotPresent",
      imagePullSecrets: [],
      resources: {},
      placement: {},
      workloadCaSecret: objectNames.workloadCa,
      identitySecret: objectNames.identity,
      assignedUsers: settings.assignedUsers ?? false,
      configHash: namespace,
    });
    const agent = edgeAgentDeployment({ identity, settings, owner, generationId: "g" }).spec?.template;
    const { workload: module } = await moduleObjects(settings, "generation-1");
    const { workload: next } = await moduleObjects(settings, "generation-1", "2");
    if (module === undefined || next === undefined) throw new Error("no workload");
    const puller = pullerOf(next, { ...module, status: { readyReplicas: 1 } } as Workload, "plain", installed);
    return [
      ["of-iotedged", daemon as object],
      ["of-edgeagent", agent as object],
      ["of-module", module.spec?.template as object],
      ["of-puller", puller?.object.spec?.template as object],
    ];
  }

  async function moduleObjects(settings: AgentSettings, generationId?: string, tag = "1") {
    const [module] = modulesOf(modulesFrom(tag));
    return desiredObjects(module as Module, await target(settings), generationId);
  }
});
