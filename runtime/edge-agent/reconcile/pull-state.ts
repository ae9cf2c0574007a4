import type { V1ContainerStatus } from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { Deployment, Pod } from "#shared";
import { isTerminating } from "./observed.ts";

/**
 * How far images have been fetched. `unknowable`: no pod may be made for it, or none finds a node; a module whose old pod
 * leaves its place may well find one.
 */
export type PullState = "fetching" | "fetched" | "unknowable" | { readonly failure: string };

/** What the kubelet says while it cannot fetch an image, or knows that it never will. */
const failures: readonly string[] = [
  ...["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"],
  ...["RegistryUnavailable", "SignatureValidationFailed"],
];
/** What it says before it has tried. */
const beginnings: readonly string[] = ["ContainerCreating", "PodInitializing"];

/** @param pods those of the Deployment */
export function pullStateOf(puller: Deployment, pods: readonly Pod[]): PullState {
  const [pod] = pods.filter((one) => !isTerminating(one) && one.status?.phase !== "Failed");
  if (pod === undefined) return hasCondition(puller, "ReplicaFailure", "True") ? "unknowable" : "fetching";
  if (hasCondition(pod, "PodScheduled", "False")) return "unknowable";
  const states = (pod.status?.containerStatuses ?? []).map(stateOf);
  const failed = states.find((state) => typeof state === "object");
  if (failed !== undefined) return failed;
  const isWhole = states.length === pod.spec?.containers.length;
  return isWhole && states.every((state) => state === "fetched") ? "fetched" : "fetching";
}

/** A container that has run, or could not be started, has its image. */
function stateOf({ state, lastState }: Wire<V1ContainerStatus>): PullState {
  const { running, terminated, waiting } = state ?? {};
  if (waiting?.reason !== undefined && failures.includes(waiting.reason)) {
    return { failure: [waiting.reason, waiting.message].filter(Boolean).join(": ") };
  }
  if (running !== undefined || terminated !== undefined || lastState?.terminated !== undefined) return "fetched";
  return waiting?.reason === undefined || beginnings.includes(waiting.reason) ? "fetching" : "fetched";
}

function hasCondition({ status }: Deployment | Pod, type: string, value: string): boolean {
  const conditions: readonly { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some((condition) => condition.type === type && condition.status === value);
}
