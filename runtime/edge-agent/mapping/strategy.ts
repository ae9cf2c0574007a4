import type { V1DeploymentStrategy, V1RollingUpdateDeployment } from "@kubernetes/client-node";
import { type Module, strategyTypeOf } from "#manifest";

/**
 * The API server's own defaults, written out: it would keep what it filled in itself, and then refuse a later `Recreate`
 * beside it.
 */
const defaults: V1RollingUpdateDeployment = { maxSurge: "25%", maxUnavailable: "25%" };

/**
 * How pods of an old template give way to those of a new one. Two pods share one identity, and a hub throws one of them
 * out: the old one goes first, unless the module says that it is stateless. A claim is often for one node or one pod at a
 * time, and so is a port of the node: there a new pod would wait for ever beside the old one.
 */
export function strategyOf({ container, pod, privileges, service }: Module): V1DeploymentStrategy {
  const { rollingUpdate } = pod.strategy ?? {};
  const type = strategyTypeOf(pod);
  if (type === "Recreate") return { type };
  if (rollingUpdate !== undefined) return { type, rollingUpdate: { ...defaults, ...withNumbers(rollingUpdate) } };
  const hasClaim = container.volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  const hasHostPorts = privileges.hostNetwork || service.published === "HostPort";
  return { type, rollingUpdate: hasClaim || hasHostPorts ? { maxSurge: 0, maxUnavailable: 1 } : defaults };
}

/** Numbers of pods are numbers, shares of them texts such as `25%`. */
function withNumbers(rollingUpdate: V1RollingUpdateDeployment): V1RollingUpdateDeployment {
  const entries = Object.entries(rollingUpdate);
  return Object.fromEntries(entries.map(([key, value]) => [key, /^\d+$/.test(String(value)) ? Number(value) : value]));
}
