import { dataKeys, objectNames } from "#contract";
import type { TestInstallation } from "./installation.ts";

/** Changes the status of the newest pod of a workload. */
export async function setStatus({ podsOf, pods }: TestInstallation, name: string, status: object) {
  const [pod] = await podsOf(name);
  if (pod === undefined) throw new Error(`there is no pod of ${name}`);
  await pods.setStatus(pod.metadata.name, status);
}

export const notReady = (name: string, state: object, more: object = {}) => ({
  conditions: [{ type: "Ready", status: "False" }],
  containerStatuses: [
    { name, image: "i", imageID: "i", ready: false, started: false, restartCount: 0, state, ...more },
  ],
});

/** Where the API server is: one that listens on the loopback device does not tell. */
export function apiSlice(name: string) {
  return {
    ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    endpoints: [{ addresses: ["10.9.9.9"] }],
    ports: [{ name: "https", port: 443, protocol: "TCP" }],
  };
}

export const replica = { bundle: "b".repeat(64), ca: "c".repeat(16), root: "", at: 1 };

export async function record(it: TestInstallation, pods: object, replicas: object): Promise<void> {
  const metadata = { name: objectNames.trustRecord, namespace: it.namespace };
  const data = { [dataKeys.trustRecord]: JSON.stringify({ pods, replicas }) };
  await it.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
}

/** Has a ConfigMap no longer say who has written it, and when. */
export async function forgetWriters(it: TestInstallation, name: string): Promise<void> {
  await it.patch(`/api/v1/namespaces/${it.namespace}/configmaps/${name}`, { metadata: { managedFields: [{}] } });
}

export async function waitingProxy(it: TestInstallation): Promise<void> {
  const running = { running: { startedAt: new Date().toISOString() } };
  const proxy = {
    name: "proxy",
    image: "i",
    imageID: "i",
    ready: false,
    started: false,
    restartCount: 0,
    state: running,
  };
  const waiting = { waiting: { reason: "PodInitializing" } };
  await setStatus(it, "sensor", { phase: "Pending", initContainerStatuses: [proxy], ...notReady("sensor", waiting) });
}

export function audit(rule: string, who: object): string {
  const line = {
    time: "2026-01-01T00:00:00.000Z",
    audit: "refused",
    action: "workload.sign",
    status: 401,
    rule,
    ...who,
  };
  return `not JSON\n${JSON.stringify(line)}\n`;
}
