import { afterAll, beforeAll, expect, it } from "vitest";
import { type AgentSettings, defaultModuleSettings, labels, type ModuleSettings, objectNames } from "#contract";
import { claimOf } from "../../runtime/edge-agent/mapping/claim.ts";
import { noCredentials } from "../../runtime/manifest/registry-credentials.ts";
import type { ApiClient } from "../../runtime/shared/kubernetes/api-client.ts";
import { persistentVolumeClaims, serviceAccounts } from "../../runtime/shared/kubernetes/kinds.ts";
import { ownerReference } from "../../runtime/shared/pod/owner-reference.ts";
import { agentSettings, iotedgedSettings } from "../fakes/settings.ts";
import { refusal } from "../support/edgeagent-token/outcomes.ts";
import { isOldest } from "../support/oldest-kubernetes.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";
import { declarePolicies, type Policies, podOf } from "./edge-agent-admission/policies.ts";

const modules: ModuleSettings = {
  ...defaultModuleSettings,
  volumes: { ...defaultModuleSettings.volumes, create: true },
};
const settings: AgentSettings = { ...agentSettings, imagePullSecrets: [], modules };
const storageClasses = "/apis/storage.k8s.io/v1/storageclasses";
const volumes = "/api/v1/persistentvolumes";
let installation: Installation;
let policies: Policies;
let agent: ApiClient;
let name: string;

beforeAll(async () => {
  installation = await createInstallation({}, { modules });
  name = `historian-${installation.namespace}`;
  policies = await declarePolicies(installation, settings);
  agent = await installation.agentClient();
  await installation.call("create", storageClasses, {
    metadata: { name },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  });
  await installation.call("create", volumes, {
    metadata: { name },
    spec: {
      storageClassName: name,
      capacity: { storage: "500Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/srv/historian" },
    },
  });
});
afterAll(async () => {
  await installation?.call("delete", `${volumes}/${name}`, {});
  await installation?.call("delete", `${storageClasses}/${name}`, {});
  await policies?.remove();
  await agent?.close();
  await installation?.remove();
});

it("a claim of EdgeAgent chooses no volume once it is there; it grows in the one that others have given it", async () => {
  const { admin, namespace, call } = installation;
  const owner = ownerReference((await admin.get(serviceAccounts, objectNames.iotedged)) as never);
  const identity = { ...iotedgedSettings, installation: { name: namespace, namespace } };
  const target = { identity, settings, owner, credentials: noCredentials };
  const claim = claimOf({ name: "data", moduleId: "m", options: { storageClassName: name } }, target, undefined);
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  await agent.call({ verb: "create", path, body: claim });
  const patch = (spec: object) => ({
    verb: "patch" as const,
    path: `${path}/data`,
    body: { spec },
    contentType: "application/merge-patch+json",
  });
  expect(await refusal(() => agent.call(patch({ volumeName: name })))).toContain("chooses no volume");
  await call("patch", `${path}/data`, { spec: { volumeName: name } });
  await waitFor("the claim to be bound", async () => {
    const live = await admin.get(persistentVolumeClaims, "data");
    return live?.status?.phase === "Bound" ? live : undefined;
  });
  // The oldest API server drops the field, so that nothing is left to refuse.
  if (!isOldest) {
    expect(await refusal(() => agent.call(patch({ volumeAttributesClassName: "fast" })))).toContain(
      "chooses no volume",
    );
  }
  expect(await refusal(() => agent.call(patch({ resources: { requests: { storage: "20Gi" } } })))).toBeUndefined();
});

it("a pod of a module does not run as an account of others, which may be there later than its Deployment", async () => {
  const { namespace, call } = installation;
  await call("create", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "ci-deployer" } });
  const pod = podOf(namespace, labels.module, { emptyDir: {} }, "ci-deployer");
  // Until the API server has seen the account, it refuses the pod for that.
  await waitFor("the account to be refused", async () => {
    const said = await refusal(() => call("create", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod));
    return said?.includes("a module runs as no ServiceAccount but one that EdgeAgent has made") ? said : undefined;
  });
});
