import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterObjectNames, tokenAudience } from "#contract";
import { bindingSpec, policySpec } from "../../infra/installation/admission-policy.ts";
import type { ObjectStore } from "../../runtime/base/kubernetes-objects.ts";
import { type Deployment, deployments, jobs } from "../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../runtime/shared/kubernetes/object-store.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const image = "registry.example.com/sample:1.0";
const path = "/apis/admissionregistration.k8s.io/v1";
const modules = { sensor: { settings: { image } }, task: { restartPolicy: "never", settings: { image } } };

let installation: Installation;
let agent: ObjectStore;
let name: string;

beforeAll(async () => {
  installation = await createInstallation({ schemaVersion: "1.1", modules });
  const { namespace } = installation;
  const id = { name: namespace, namespace };
  name = clusterObjectNames(namespace).edgeAgentWorkloads;
  const declare = (plural: string, spec: unknown) =>
    installation.call("create", `${path}/${plural}`, { metadata: { name }, spec });
  await declare("validatingadmissionpolicies", policySpec(id));
  await declare("validatingadmissionpolicybindings", bindingSpec(id));
  agent = createObjectStore({ client: await installation.agentClient(), namespace, fieldManager: "test" });
  // The API server takes a new policy up within seconds.
  await waitFor("the policy", () => refusal(deployment("iotedged")), 60);
});
afterAll(async () => {
  for (const plural of ["validatingadmissionpolicybindings", "validatingadmissionpolicies"]) {
    await installation.call("delete", `${path}/${plural}/${name}`, {});
  }
  await installation.remove();
});

/** A Deployment as a thief of EdgeAgent's token would make it. */
function deployment(account: string, pod: object = {}, named = account): Deployment {
  const labels = { app: named };
  const spec = { serviceAccountName: account, automountServiceAccountToken: false, containers: [{ name: "c", image }] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: named },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { ...spec, ...pod } } },
  } as Deployment;
}

/** Why the API server refuses the object; undefined, and the object is gone again, when it takes it. */
async function refusal(object: Deployment): Promise<string | undefined> {
  try {
    const { metadata } = await agent.apply(object);
    await agent.remove(deployments, metadata.name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const token = (audience?: string) => ({
  volumes: [
    { name: "t", projected: { sources: [{ serviceAccountToken: { path: "t", ...(audience && { audience }) } }] } },
  ],
});

describe("with the admission policy, EdgeAgent's token", () => {
  it.each<[string, () => Deployment]>([
    ["iotedged's ServiceAccount", () => deployment("iotedged")],
    ["EdgeAgent's own ServiceAccount", () => deployment("edgeagent", {}, "other")],
    ["another module's ServiceAccount", () => deployment("sensor", {}, "other")],
    ["a token of the API server", () => deployment("other", { automountServiceAccountToken: true })],
    ["a projected token of the API server", () => deployment("other", token())],
    ["a token of another audience", () => deployment("other", token("iotedge:elsewhere/x"))],
  ])("cannot run a pod with %s", async (_, object) => {
    expect(await refusal(object())).toContain("(422)");
  });

  it("can run modules", async () => {
    const { namespace } = installation;
    expect(await refusal(deployment("other", token(tokenAudience({ name: namespace, namespace }))))).toBeUndefined();
    const running = await installation.startAgent();
    try {
      await waitFor("the module", () => installation.admin.get(deployments, "sensor"), 60);
      await waitFor("the task", () => installation.admin.get(jobs, "task"), 60);
    } finally {
      await running.stop();
    }
  });
});
