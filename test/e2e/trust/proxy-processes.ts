import { readdirSync, readFileSync } from "node:fs";
import { proxyContainer } from "#contract";
import type { KubernetesItem } from "../cluster.ts";

/** How many processes the proxies of pods have, looked at all the while. */
export interface ProxyProcesses {
  /** By the pod's name, the most that were seen at a time. */
  most(): Readonly<Record<string, number>>;
  stop(): void;
}

/** Milliseconds between two looks: a process that drains its requests, or reads what is new, is there for longer. */
const interval = 250;

/** Watches the proxies' containers. The cluster's one node is this machine. */
export function watchProxyProcesses(pods: readonly KubernetesItem[]): ProxyProcesses {
  const podOf = new Map(pods.map((pod) => [containerId(pod), pod.metadata.name]));
  const most: Record<string, number> = Object.fromEntries([...podOf.values()].map((name) => [name, 0]));
  const look = () => {
    const now: Record<string, number> = {};
    for (const container of containersOfProcesses()) {
      const name = podOf.get(container);
      if (name !== undefined) now[name] = (now[name] ?? 0) + 1;
    }
    for (const [name, count] of Object.entries(now)) most[name] = Math.max(most[name] ?? 0, count);
  };
  const timer = setInterval(look, interval);
  return { most: () => most, stop: () => clearInterval(timer) };
}

function containerId(pod: KubernetesItem): string {
  const found = pod.status.initContainerStatuses?.find(({ name }: { name: string }) => name === proxyContainer);
  const [, id] = /^containerd:\/\/([0-9a-f]{64})$/.exec(found?.containerID) ?? [];
  if (id === undefined) throw new Error(`pod ${pod.metadata.name} has no running proxy`);
  return id;
}

/** Of each process of this machine that is one of a container, the container's id. */
function containersOfProcesses(): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => /\/([0-9a-f]{64})$/m.exec(cgroupsOf(pid))?.[1] ?? []);
}

function cgroupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return "";
  }
}
