import type { V1DeploymentStrategy } from "@kubernetes/client-node";
import type { Module } from "../manifest/manifest.ts";

/**
 * How pods of an old template give way to those of a new one. A claim is often for one node or one pod at a time, so
 * that a new pod would wait for ever beside the old one: the old one goes first then.
 */
export function strategyOf({ container, pod }: Module): V1DeploymentStrategy {
  const { type = "RollingUpdate", rollingUpdate } = pod.strategy ?? {};
  if (type === "Recreate") return { type };
  if (rollingUpdate !== undefined) return { type, rollingUpdate: mapNumbers(rollingUpdate) };
  const hasClaim = container.volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  return hasClaim ? { type, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } : { type };
}

/** Numbers of pods are numbers, shares of them texts such as `25%`. */
function mapNumbers(rollingUpdate: NonNullable<V1DeploymentStrategy["rollingUpdate"]>) {
  const entries = Object.entries(rollingUpdate);
  return Object.fromEntries(entries.map(([key, value]) => [key, /^\d+$/.test(String(value)) ? Number(value) : value]));
}
