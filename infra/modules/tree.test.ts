import { expect, it } from "vitest";
import { annotations, labels } from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";
import { asciiLines, formatTree, lines, treeOf } from "./tree.ts";

const namespace = "edge-a";
const live = (object: object) => object as LiveObject;

function deployment(name: string, module: string | undefined, spec: object, available = 1): LiveObject {
  return live({
    metadata: {
      name,
      labels: { [labels.instance]: "line-1" },
      annotations: module === undefined ? {} : { [annotations.moduleId]: module },
    },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { spec } },
    status: { availableReplicas: available },
  });
}

function pod(app: string, name: string, status: object, spec: object = { nodeName: "n1" }): LiveObject {
  return live({ metadata: { name, labels: { app } }, spec, status });
}

const tree = treeOf({
  namespace,
  deployments: [
    deployment(
      "sensor",
      "Sensor",
      {
        serviceAccountName: "sensor",
        imagePullSecrets: [{ name: "regcred" }],
        volumes: [
          { name: "data", persistentVolumeClaim: { claimName: "data" } },
          { name: "token", projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: "bundle" } }] } },
        ],
        initContainers: [{ name: "proxy" }],
        containers: [
          {
            name: "sensor",
            env: [
              { name: "A", value: "x" },
              { name: "B", valueFrom: { secretKeyRef: { name: "plc", key: "password" } } },
              { name: "C", valueFrom: { secretKeyRef: { name: "regcred", key: "x" } } },
            ],
          },
        ],
      },
      0,
    ),
    deployment("edgeagent", "$edgeAgent", { serviceAccountName: "edgeagent" }),
    deployment("iotedged", undefined, { volumes: [{ name: "ca", secret: { secretName: "iotedged-workload-ca" } }] }),
  ],
  jobs: [
    live({
      metadata: { name: "report", annotations: { [annotations.moduleId]: "report" } },
      spec: { selector: { matchLabels: { app: "report" } }, template: { spec: {} } },
      status: { succeeded: 1 },
    }),
  ],
  pods: [
    pod("iotedged", "iotedged-1", { phase: "Running" }),
    pod("sensor", "sensor-2", { phase: "Pending" }, {}),
    pod("sensor", "sensor-1", { phase: "Running", containerStatuses: [{ restartCount: 2 }, { restartCount: 1 }] }),
  ],
});

it("shows an installation with its workloads, and each with its pods and what it names, once", () => {
  expect(`${formatTree(tree, lines).join("\n")}\n`).toBe(`Installation line-1 (in namespace edge-a)
├─ Deployment iotedged (1 of 1 available)
│  ├─ Pod iotedged-1 (Running, on n1)
│  └─ Secret iotedged-workload-ca (mounted)
├─ Deployment edgeagent (1 of 1 available)
│  └─ ServiceAccount edgeagent
├─ module report: Job report (1 of 1 ended well)
└─ module Sensor: Deployment sensor (0 of 1 available)
   ├─ Pod sensor-1 (Running, 3 restarts, on n1)
   ├─ Pod sensor-2 (Pending, no node)
   ├─ ServiceAccount sensor
   ├─ Secret regcred (fetches images)
   ├─ PersistentVolumeClaim data (mounted)
   ├─ ConfigMap bundle (mounted)
   └─ Secret plc (environment)
`);
});

it("is drawn in ASCII for terminals that show no more", () => {
  expect(formatTree(tree, asciiLines).join("\n")).toMatch(/^[\n -~]*$/);
});
