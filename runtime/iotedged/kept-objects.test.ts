import { describe, expect, it } from "vitest";
import type { Deployment, Job, Pod } from "../shared/kubernetes/kinds.ts";
import { keptOfAnyPod, keptOfDeployment, keptOfJob, keptOfPod } from "./kept-objects.ts";
import { listModuleDetails } from "./management/module-details.ts";

const labels = { "net.azure-devices.edge.module": "sensor" };
const containers = [
  { name: "proxy", image: "proxy:1", env: [{ name: "A", value: "long" }] },
  { name: "sensor", image: "sensor:1", volumeMounts: [{ name: "v", mountPath: "/v" }] },
];
const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "sensor-1", uid: "u", labels, annotations: { long: "text" } },
  spec: { containers, nodeName: "n", volumes: [{ name: "v", emptyDir: {} }] },
  status: {
    phase: "Running",
    startTime: "2026-01-01T00:00:00Z",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [
      { name: "sensor", ready: true, image: "", imageID: "", restartCount: 0, state: { running: {} } },
    ],
  },
};
const deploymentOf = (name: string): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, uid: "d", labels },
  spec: { replicas: 1, selector: {}, template: { metadata: { labels }, spec: { containers } } },
});

const job: Job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "sensor", uid: "j", labels },
  spec: { template: { metadata: { labels }, spec: { containers } } },
  status: { conditions: [{ type: "Complete", status: "True", reason: "CompletionsReached" }], succeeded: 1 },
};

describe("what iotedged keeps of objects", () => {
  it("tells as much of a module as the whole objects do", () => {
    const kept = listModuleDetails([keptOfDeployment(deploymentOf("sensor"))], [keptOfPod(pod)]);
    expect(kept).toEqual(listModuleDetails([deploymentOf("sensor")], [pod]));
    expect(kept[0]?.config.settings.image).toBe("sensor:1");
  });

  it("tells as much of a module that a Job runs, also without its pod", () => {
    for (const found of [[keptOfPod(pod)], []]) {
      expect(listModuleDetails([keptOfJob(job)], found)).toEqual(listModuleDetails([job], found.length ? [pod] : []));
    }
  });

  it("has no environment, no volume and no annotation of a pod", () => {
    const text = JSON.stringify([keptOfPod(pod), keptOfDeployment(deploymentOf("sensor"))]);
    expect(text).not.toMatch(/long|volume|conditions/);
    expect(JSON.stringify(keptOfJob(job))).not.toMatch(/long|volume/);
  });

  it("has of a pod without a module's label what tells whether its token counts, and nothing else", () => {
    const metadata = { name: "x", uid: "u", resourceVersion: "7", deletionTimestamp: "2026-01-01T00:00:00Z" };
    const foreign = { ...pod, metadata: { ...metadata, labels: { app: "long" }, annotations: { long: "text" } } };
    const kept = { apiVersion: "v1", kind: "Pod", metadata, status: { phase: "Running" } };
    expect(keptOfAnyPod(foreign)).toEqual(kept);
    expect(keptOfAnyPod(pod)).toEqual(keptOfPod(pod));
  });

  it("has all of EdgeAgent's Deployment, which is compared", () => {
    expect(keptOfDeployment(deploymentOf("edgeagent"))).toEqual(deploymentOf("edgeagent"));
  });
});
