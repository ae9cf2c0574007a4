import { componentLabels, fieldManagers, labels, moduleLabels } from "#contract";
import type { KubernetesObject } from "../../../runtime/base/kubernetes-objects.ts";
import type { Loose } from "./attempts.ts";
import { present } from "./object-attempts.ts";
import { image } from "./originals.ts";

const container = { name: "c", image };

/** What stands in a namespace before anything is tried: objects of somebody else, and of one module. */
export function furniture(installation: string): readonly KubernetesObject[] {
  const foreign = { app: "other" };
  const own = moduleLabels(installation, present.module);
  return [
    ...[deployment, service, account].flatMap((make) => [make(present.foreign, foreign), make(present.module, own)]),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: present.foreign, labels: foreign },
      spec: { suspend: true, template: { spec: { containers: [container], restartPolicy: "Never" } } },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: present.foreign, labels: foreign },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    account(present.account, foreign),
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: present.bound, labels: claimOfEdgeAgent(installation) },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "none",
        resources: { requests: { storage: "1Gi" } },
      },
    },
  ] as readonly KubernetesObject[];
}

function claimOfEdgeAgent(installation: string) {
  return { ...componentLabels("module", installation), [labels.managedBy]: fieldManagers.edgeAgent };
}

/** Deployments and Services in the place of the daemons' own, where none of them run. */
export function daemons(installation: string): readonly KubernetesObject[] {
  return (["iotedged", "edgeagent"] as const).flatMap((name) =>
    [deployment, service].map((make) => make(name, componentLabels(name, installation))),
  );
}

function deployment(name: string, own: Readonly<Record<string, string>>): Loose {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: own },
    spec: {
      replicas: 0,
      selector: { matchLabels: own },
      template: { metadata: { labels: own }, spec: { containers: [container] } },
    },
  };
}

function service(name: string, own: Readonly<Record<string, string>>): Loose {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: own },
    spec: { selector: own, ports: [{ name: "tcp-8080", port: 8080 }] },
  };
}

function account(name: string, own: Readonly<Record<string, string>>): Loose {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels: own } };
}
