import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readAudit } from "../support/audit.ts";
import { type RunningIotedged, startIotedged } from "../support/iotedged-process.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

let namespace: TestNamespace;
let replicas: RunningIotedged[];

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-replicas");
  const kubeConfig = await namespace.kubeConfigOf("iotedged");
  const installation = { name: namespace.name, namespace: namespace.name };
  replicas = [
    await startIotedged({ kubeConfig, ...installation }),
    await startIotedged({ kubeConfig, ...installation }),
  ];
});

afterAll(async () => {
  for (const replica of replicas ?? []) await replica.stop();
  await namespace?.remove();
});

const leads = async (replica: RunningIotedged) => /^iotedge_leader 1$/m.test(await replica.metrics());
const deployments = async () =>
  (
    await namespace.client.call<{ items: object[] }>({
      verb: "list",
      path: namespace.path("apis/apps/v1", "deployments"),
    })
  ).items.length;

const created = "patch 201";
const removed = "delete 200";

/** How often Deployment `edgeagent` came and went, in order; applying it again unchanged does not count. */
async function writes(): Promise<string[]> {
  const user = `system:serviceaccount:${namespace.name}:iotedged`;
  return (await readAudit(inject("auditLog")))
    .filter((event) => event.user.username === user && event.objectRef?.resource === "deployments")
    .filter(({ stage, verb }) => stage === "ResponseComplete" && (verb === "patch" || verb === "delete"))
    .map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`)
    .filter((write) => write === created || write === removed);
}

describe("of two replicas", () => {
  it("both are ready, and one leads and starts EdgeAgent", async () => {
    for (const replica of replicas) await waitFor("readiness", async () => (await replica.ready()).ok || undefined);
    await waitFor("EdgeAgent", async () => (await deployments()) > 0 || undefined);
    const leaders = await Promise.all(replicas.map(leads));
    expect(leaders.filter((is) => is)).toHaveLength(1);
    expect(await writes()).toEqual([created]);
  });

  it("none brings EdgeAgent back when it is turned off, though they hear of it at different times", async () => {
    const [first, second] = replicas as [RunningIotedged, RunningIotedged];
    const [leader, other] = (await leads(first)) ? [first, second] : [second, first];
    await leader.setAgentSettings({ enabled: false });
    await waitFor("the removal", async () => (await deployments()) === 0 || undefined);
    await leader.stop();
    await waitFor("the other to lead", async () => (await leads(other)) || undefined);
    await other.setAgentSettings({ enabled: false });
    const isRead = () => other.log.some((line) => line.includes("changed file read again")) || undefined;
    await waitFor("the other's settings", isRead);
    expect(await deployments()).toBe(0);
    await other.setAgentSettings({ enabled: true });
    await waitFor("EdgeAgent", async () => (await deployments()) > 0 || undefined);
    await waitFor("the audit log", async () => (await writes()).length >= 3 || undefined);
    expect(await writes()).toEqual([created, removed, created]);
  });
});
