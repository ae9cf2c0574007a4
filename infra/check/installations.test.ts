import { expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { hintsFor } from "../deploy/index.ts";
import { checkInstallations } from "./installations.ts";
import { known } from "./model/observed.ts";
import type { ClusterReader } from "./observe/cluster-reader.ts";
import type { DeclaredStack } from "./observe/stack-facts.ts";

it("asks no namespace that the stack does not have", async () => {
  const cluster = new FakeCluster();
  cluster.put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "iotedged", namespace: "edge-b" } });
  const answer = { status: 200, headers: {}, body: { gitVersion: "v1.36.0" } };
  const reader = { cluster, send: async () => answer } as unknown as ClusterReader;
  const iotedged = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "iotedged", namespace: "edge-a" } };
  const stack = { name: "line", objects: known([iotedged]) } as unknown as DeclaredStack;
  const hints = hintsFor({ kind: "named", context: "c" }, "line");
  const { signal } = new AbortController();
  await expect(
    checkInstallations(reader, { namespace: "edge-b", stack, hints, now: Date.now, signal }),
  ).rejects.toMatchObject({ code: "EDGE_CHECK_NO_INSTALLATION" });
});

it("judges by the clock of the cluster, whose times it reads", async () => {
  const there = Date.now() - 3_600_000;
  const cluster = new FakeCluster();
  cluster.put({
    ...{
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "iotedge-a-rollout", namespace: "default" },
    },
    spec: { holderIdentity: "run-1@host", renewTime: new Date(there).toISOString(), leaseDurationSeconds: 60 },
  });
  cluster.put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "iotedged", namespace: "edge-a" } });
  const answer = { status: 200, headers: {}, body: { gitVersion: "v1.36.0" }, date: new Date(there).toUTCString() };
  const reader = { cluster, send: async () => answer } as unknown as ClusterReader;
  const hints = hintsFor({ kind: "named", context: "c" }, undefined);
  const { signal } = new AbortController();
  const results = await checkInstallations(reader, { namespace: "edge-a", hints, now: Date.now, signal });
  expect(results.find(({ id }) => id === "clock")?.severity).toBe("error");
  expect(results.find(({ id }) => id === "stack-lock")?.message).toBe("a rollout has it locked: run-1@host");
});

it.each([
  [undefined, "npx edgectl check --pre --context 'my cluster' --kubeconfig /k"],
  ["edge-a", "npx edgectl check --pre -n edge-a --context 'my cluster' --kubeconfig /k"],
])(
  "names the check before a deployment for the same cluster where nothing is there (namespace %s)",
  async (namespace, command) => {
    const answer = { status: 200, headers: {}, body: { gitVersion: "v1.36.0" } };
    const reader = { cluster: new FakeCluster(), send: async () => answer } as unknown as ClusterReader;
    const hints = hintsFor({ kind: "named", context: "my cluster", kubeconfig: "/k" }, undefined);
    const { signal } = new AbortController();
    await expect(checkInstallations(reader, { namespace, hints, now: Date.now, signal })).rejects.toMatchObject({
      code: "EDGE_CHECK_NO_INSTALLATION",
      remedy: `See what a deployment would need: ${command}`,
    });
  },
);
