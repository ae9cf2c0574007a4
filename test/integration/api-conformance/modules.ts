import { annotations, labels } from "#contract";
import { patchBy } from "../../support/merge-patch.ts";
import type { TestNamespace } from "../../support/test-namespace.ts";

/** A module as EdgeAgent makes it; its Deployment is paused, so that its pods are the test's own. */
export async function createModule(namespace: TestNamespace, name: string, replicas: number): Promise<void> {
  const own = { [labels.module]: name };
  const spec = { containers: [{ name, image: "registry.invalid/module:1" }] };
  await namespace.create("apis/apps/v1", "deployments", {
    metadata: { name, labels: own, annotations: { [annotations.moduleId]: name } },
    spec: { replicas, paused: true, selector: { matchLabels: own }, template: { metadata: { labels: own }, spec } },
  });
}

/** A pod of ServiceAccount `account` on `node`, of which the kubelet says that it runs. */
export async function createRunningPod(namespace: TestNamespace, account: string, node: string) {
  const name = `${account}-1`;
  const pod = await namespace.create("api/v1", "pods", {
    metadata: { name, labels: { [labels.module]: account } },
    spec: {
      serviceAccountName: account,
      nodeName: node,
      containers: [{ name: account, image: "registry.invalid/module:1" }],
    },
  });
  const state = { running: { startedAt: "2026-01-01T00:00:00Z" } };
  const status = { name: account, image: "", imageID: "", ready: true, restartCount: 0, state };
  await patchBy(namespace.client, `${namespace.path("api/v1", "pods", name)}/status`, {
    status: { phase: "Running", containerStatuses: [status] },
  });
  return pod;
}
