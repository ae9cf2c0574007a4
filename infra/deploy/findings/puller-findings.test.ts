import { describe, expect, it } from "vitest";
import { annotations, labels } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { hintsFor } from "../hints.ts";
import { pullerFindings } from "./puller-findings.ts";

const hints = hintsFor({ kind: "named", context: "c" }, undefined);
const name = "iotedge-pull.0123";
const ownerReferences = [{ apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: "u" }];
const image = "registry.example.com/sensor:2";

function seen(state: object, own: Readonly<Record<string, string>> = { [annotations.moduleId]: "sensor" }) {
  const metadata = { name, uid: "d", resourceVersion: "1", labels: { [labels.puller]: name }, ownerReferences };
  const puller = { apiVersion: "apps/v1", kind: "Deployment", metadata: { ...metadata, annotations: own } };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name: "p", uid: "p" },
    spec: { containers: [{ name: "image-1", image }] },
    status: { containerStatuses: [{ name: "image-1", image, ready: false, restartCount: 1, state }] },
  };
  const events: readonly LiveObject[] = [];
  return { namespace: "edge-a", deployments: [puller as LiveObject], pods: [pod as LiveObject], events };
}

describe("what fetches images", () => {
  const missing = { waiting: { reason: "ErrImagePull", message: "not found" } };

  it("tells of the module that waits for them why they are not there", () => {
    const [finding, ...more] = pullerFindings(seen(missing), hints);
    expect(finding).toMatchObject({ id: "image-not-found", component: "sensor", namespace: "edge-a" });
    expect(finding?.message).toContain(image);
    expect(more).toEqual([]);
  });

  it("tells of the proxy where no module alone waits", () => {
    expect(pullerFindings(seen(missing, {}), hints)).toMatchObject([{ component: "proxy" }]);
  });

  it.each<[string, (puller: LiveObject) => void]>([
    ["does not belong to ServiceAccount iotedged", ({ metadata }) => Object.assign(metadata, { ownerReferences: [] })],
    ["wants 50 pods", (puller) => Object.assign(puller, { spec: { replicas: 50 } })],
    ["has other labels", ({ metadata }) => Object.assign(metadata, { labels: {} })],
  ])("is told of where it %s", (message, change) => {
    const snapshot = seen({ waiting: { reason: "ContainerCreating" } });
    const [puller] = structuredClone(snapshot.deployments);
    change(puller as LiveObject);
    const found = pullerFindings({ ...snapshot, deployments: [puller as LiveObject] }, hints);
    expect(found).toMatchObject([{ id: "image-fetcher-strange", severity: "error" }]);
    expect(found[0]?.message).toContain(message);
    expect(found[0]?.fix).toContain(`delete deployment ${name} -n edge-a`);
  });

  it("is told of where it runs anything", () => {
    const found = pullerFindings(seen({ running: { startedAt: "2026-01-01T00:00:00Z" } }), hints);
    expect(found).toMatchObject([{ id: "image-fetcher-strange" }]);
  });

  it.each([
    { terminated: { reason: "StartError", exitCode: 128, message: "no such file or directory" } },
    { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
    { waiting: { reason: "ContainerCreating" } },
  ])("is not said to fail by not running: %j", (state) => expect(pullerFindings(seen(state), hints)).toEqual([]));
});
