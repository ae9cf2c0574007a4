import { describe, expect, it } from "vitest";
import type { Deployment, Pod } from "../../shared/kubernetes/kinds.ts";
import { pullStateOf } from "./pull-state.ts";

const puller = (conditions: object[] = []) =>
  ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "p" }, status: { conditions } }) as Deployment;

function podOf(
  containers: readonly object[],
  more: { readonly status?: object; readonly metadata?: object } = {},
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", ...more.metadata },
    spec: { containers: [{ name: "image-1" }, { name: "image-2" }] },
    status: { containerStatuses: containers, ...more.status },
  } as unknown as Pod;
}
const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, message } } });
const notStarted = { state: { terminated: { reason: "StartError", exitCode: 128 } } };
const backOff = { ...waiting("CrashLoopBackOff"), lastState: notStarted.state };

describe("how far images have been fetched", () => {
  it.each([
    ["containers could not be started", [notStarted, backOff]],
    ["a runtime says so before a container is there", [waiting("CreateContainerError"), waiting("RunContainerError")]],
    ["a program of that name ran after all", [{ state: { running: {} } }, notStarted]],
  ])("is to the end when %s", (_, containers) => {
    expect(pullStateOf(puller(), [podOf(containers)])).toBe("fetched");
  });

  it.each([
    ["no pod is there", []],
    ["no container is known", [podOf([])]],
    ["one of two is", [podOf([notStarted, waiting("ContainerCreating")])]],
    ["one of two is not even known", [podOf([notStarted])]],
    ["the pod is on its way out", [podOf([notStarted, notStarted], { metadata: { deletionTimestamp: "now" } })]],
    ["the pod was evicted", [podOf([notStarted, notStarted], { status: { phase: "Failed" } })]],
  ])("is open while %s", (_, pods) => expect(pullStateOf(puller(), pods)).toBe("fetching"));

  it.each(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])("fails by %s", (reason) => {
    const pods = [podOf([notStarted, waiting(reason, "not found")])];
    expect(pullStateOf(puller(), pods)).toEqual({ failure: `${reason}: not found` });
  });

  it("cannot be known where no pod may be made, or none finds a node", () => {
    expect(pullStateOf(puller([{ type: "ReplicaFailure", status: "True" }]), [])).toBe("unknowable");
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
    expect(pullStateOf(puller(), [podOf([], { status: { conditions } })])).toBe("unknowable");
  });
});
