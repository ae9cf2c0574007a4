import { describe, expect, it } from "vitest";
import type { Deployment, Job, Pod } from "../../shared/kubernetes/kinds.ts";
import { moduleStatus } from "./module-status.ts";

type Status = NonNullable<Pod["status"]>;
type Container = NonNullable<Status["containerStatuses"]>[number];

const startedAt = "2026-01-01T00:00:00Z";
const finishedAt = "2026-01-01T00:05:00Z";

function container(state: Container["state"], more: Partial<Container> = {}): Container {
  const fixed = { name: "sensor", image: "i", imageID: "d", ready: false, restartCount: 0 };
  return { ...fixed, ...(state === undefined ? {} : { state }), ...more };
}

function pod(status: Status | undefined, metadata: object = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "sensor-1", creationTimestamp: startedAt, ...metadata },
    ...(status === undefined ? {} : { status }),
  };
}

function deployment(replicas: number, conditions: object[] = []): Deployment {
  const spec = { replicas, selector: {}, template: {} };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "sensor" },
    spec,
    status: { conditions },
  } as Deployment;
}

const running = (more: Partial<Container> = {}) => container({ running: { startedAt } }, { ready: true, ...more });
const waiting = (reason: string, message?: string) =>
  container({ waiting: { reason, ...(message === undefined ? {} : { message }) } });
const ended = (exitCode: number, reason: string) =>
  container({ terminated: { exitCode, reason, startedAt, finishedAt } });

it("tells the digest of the image that runs", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const hashOf = (imageID: string) =>
    moduleStatus("sensor", [pod({ phase: "Running", containerStatuses: [running({ imageID })] })], undefined).imageHash;
  expect(hashOf(`registry.example.com/sample@${digest}`)).toBe(digest);
  expect(hashOf(digest)).toBe(digest);
  expect(hashOf("")).toBeUndefined();
});

describe("a Job without pods", () => {
  const job = (status: object, suspend = false) =>
    ({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "sensor" }, spec: { suspend }, status }) as Job;
  const ended = (type: string, reason: string) => ({ conditions: [{ type, status: "True", reason }] });

  it.each<[string, Job, string, string]>([
    ["is suspended", job({}, true), "stopped", "Stopped as desired"],
    ["has begun", job({}), "unknown", "No pod yet"],
    ["has ended well", job(ended("Complete", "CompletionsReached")), "stopped", "Module Stopped reason: Completed"],
    [
      "has failed",
      job(ended("Failed", "BackoffLimitExceeded")),
      "failed",
      "Module Failed reason: BackoffLimitExceeded",
    ],
  ])("%s", (_, live, runtimeStatus, statusDescription) => {
    expect(moduleStatus("sensor", [], live)).toMatchObject({ runtimeStatus, statusDescription });
  });
});

describe("what a pod says of its module", () => {
  it.each<[string, Status | undefined, string, string]>([
    ["running", { phase: "Running", containerStatuses: [running()] }, "running", `Started at ${startedAt}`],
    [
      "running, not ready",
      { phase: "Running", containerStatuses: [running({ ready: false })] },
      "unhealthy",
      `Started at ${startedAt}`,
    ],
    [
      "running, waiting",
      { phase: "Running", containerStatuses: [waiting("CrashLoopBackOff")] },
      "backoff",
      "Module in Back-off reason: CrashLoopBackOff",
    ],
    [
      "running, failed",
      { phase: "Running", containerStatuses: [ended(137, "OOMKilled")] },
      "failed",
      "Module Failed reason: OOMKilled: its node had no more memory, exit code 137",
    ],
    [
      "running, ended well",
      { phase: "Running", containerStatuses: [ended(0, "Completed")] },
      "stopped",
      "Module Stopped reason: Completed",
    ],
    [
      "pending, waiting",
      { phase: "Pending", containerStatuses: [waiting("ImagePullBackOff", "no such image")] },
      "backoff",
      "Module in Back-off reason: ImagePullBackOff: no such image",
    ],
    [
      "pending, failed",
      { phase: "Pending", containerStatuses: [ended(1, "Error")] },
      "failed",
      "Module Failed reason: exit code 1",
    ],
    ["pending, running", { phase: "Pending", containerStatuses: [running()] }, "backoff", `Started at ${startedAt}`],
    [
      "pending, no node",
      {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }],
      },
      "backoff",
      "Waiting for its container. Unschedulable: 0/1 nodes",
    ],
    ["pending, nothing known", { phase: "Pending" }, "backoff", "Waiting for its container."],
    [
      "of an unknown phase",
      { phase: "Unknown", reason: "NodeLost", message: "gone" },
      "unknown",
      "Module status Unknown reason: NodeLost: gone",
    ],
    ["succeeded", { phase: "Succeeded" }, "stopped", "Module Stopped reason: Completed"],
    [
      "evicted",
      { phase: "Failed", reason: "Evicted", message: "disk" },
      "failed",
      "Module Failed reason: Evicted: disk",
    ],
    ["without status", undefined, "unknown", "Module status Unknown reason: no pod status"],
  ])("%s", (_, status, runtimeStatus, statusDescription) => {
    expect(moduleStatus("sensor", [pod(status)], deployment(1))).toMatchObject({ runtimeStatus, statusDescription });
  });

  it.each<[string, object, string]>([
    [
      "took more memory than it may",
      { exitCode: 137, reason: "OOMKilled" },
      "OOMKilled: memory limit 20 MiB, exit code 137",
    ],
    ["ended with a code", { exitCode: 3, reason: "Error" }, "exit code 3"],
    [
      "has no such program",
      {
        exitCode: 128,
        reason: "StartError",
        message:
          'failed to create containerd task: OCI runtime create failed: exec: "/bin/nosuch": no such file: unknown',
      },
      'StartError: exec: "/bin/nosuch": no such file, exit code 128',
    ],
  ])("tells of a module that %s, instead of how long the kubelet waits", (_, terminated, reason) => {
    const back = waiting("CrashLoopBackOff", "back-off 40s restarting failed container=sensor pod=sensor-1(uid)");
    const status = { phase: "Running", containerStatuses: [{ ...back, lastState: { terminated } }] } as Status;
    const containers = [{ name: "sensor", resources: { limits: { memory: "20971520" } } }];
    const found = moduleStatus("sensor", [{ ...pod(status), spec: { containers } } as Pod], undefined);
    expect(found.statusDescription).toBe(`Module in Back-off reason: CrashLoopBackOff: ${reason}`);
  });

  it("names the init container that holds the pod up", () => {
    const status = {
      phase: "Pending",
      containerStatuses: [waiting("PodInitializing")],
      initContainerStatuses: [{ ...waiting("ImagePullBackOff"), name: "proxy" }],
    };
    expect(moduleStatus("sensor", [pod(status)], undefined).statusDescription).toBe(
      "Module in Back-off reason: PodInitializing (proxy: ImagePullBackOff)",
    );
  });

  it("is read from the module's container, not from the proxy", () => {
    const containerStatuses = [{ ...running(), name: "proxy" }, waiting("CrashLoopBackOff")];
    expect(moduleStatus("sensor", [pod({ phase: "Running", containerStatuses })], undefined).runtimeStatus).toBe(
      "backoff",
    );
  });

  it("is cut to a length that many modules leave room for", () => {
    const status = { phase: "Running", containerStatuses: [waiting("X", "y".repeat(5000))] };
    expect(moduleStatus("sensor", [pod(status)], undefined).statusDescription).toHaveLength(512);
  });
});

describe("a module's history", () => {
  it("has the exit before the present run, and restarts as Kubernetes counts them", () => {
    const state = { startedAt: "2026-01-01T01:00:00Z" };
    const lastState = { terminated: { exitCode: 3, startedAt, finishedAt } };
    const status = {
      phase: "Running",
      containerStatuses: [running({ state: { running: state }, lastState, restartCount: 4 })],
    };
    expect(moduleStatus("sensor", [pod(status)], undefined)).toMatchObject({
      exitCode: 3,
      restartCount: 4,
      lastStartTimeUtc: "2026-01-01T01:00:00Z",
      lastExitTimeUtc: finishedAt,
      lastRestartTimeUtc: "2026-01-01T01:00:00Z",
    });
  });

  it("has no exit for a module that never ended", () => {
    const status = moduleStatus("sensor", [pod({ phase: "Running", containerStatuses: [running()] })], undefined);
    expect(status).toEqual({
      runtimeStatus: "running",
      statusDescription: `Started at ${startedAt}`,
      exitCode: 0,
      restartCount: 0,
      lastStartTimeUtc: startedAt,
    });
  });
});

describe("which pod counts", () => {
  const old = pod({ phase: "Failed" }, { name: "old", creationTimestamp: "2025-01-01T00:00:00Z" });
  const fresh = pod({ phase: "Running", containerStatuses: [running()] }, { name: "fresh" });

  it("the newest", () => {
    expect(moduleStatus("sensor", [old, fresh], undefined).runtimeStatus).toBe("running");
    expect(moduleStatus("sensor", [fresh, old], undefined).runtimeStatus).toBe("running");
  });

  it("one that is being deleted only when there is no other", () => {
    const leaving = pod(
      { phase: "Failed" },
      { creationTimestamp: "2027-01-01T00:00:00Z", deletionTimestamp: finishedAt },
    );
    expect(moduleStatus("sensor", [leaving, fresh], undefined).runtimeStatus).toBe("running");
    expect(moduleStatus("sensor", [leaving], undefined).runtimeStatus).toBe("failed");
  });
});

describe("a module without a pod", () => {
  const quota = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" };
  it.each<[string, Deployment | undefined, string, string]>([
    ["not deployed", undefined, "unknown", "Not deployed yet"],
    ["stopped", deployment(0), "stopped", "Stopped as desired"],
    ["without a pod yet", deployment(1), "unknown", "No pod yet"],
    ["refused by the namespace", deployment(1, [quota]), "failed", "No pod: FailedCreate: exceeded quota"],
  ])("is %s", (_, live, runtimeStatus, statusDescription) => {
    const none = { exitCode: 0, restartCount: 0 };
    expect(moduleStatus("sensor", [], live)).toEqual({ runtimeStatus, statusDescription, ...none });
  });
});
