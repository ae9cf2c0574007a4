import { beforeEach, describe, expect, it } from "vitest";
import { annotations, labels, moduleObjectName } from "#contract";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import type { Notice } from "../../shared/event-recorder.ts";
import type { ApiClient, ApiRequest } from "../../shared/kubernetes/api-client.ts";
import { kubernetesErrors } from "../../shared/kubernetes/errors.ts";
import { type Deployment, deployments, type Job, jobs, type Pod, pods } from "../../shared/kubernetes/kinds.ts";
import { createModuleControl } from "./module-control.ts";
import { listWorkloads } from "./workloads.ts";

let store: FakeObjectStore;
let requests: ApiRequest[];
let told: Notice[];
let answer: () => unknown;

beforeEach(() => {
  store = new FakeObjectStore("edge-a");
  requests = [];
  told = [];
  answer = () => ({});
  for (const [id, replicas] of [
    ["$edgeAgent", 1],
    ["Sensor", 1],
    ["idle", 0],
  ] as const) {
    const name = moduleObjectName(id);
    const metadata = { name, labels: { [labels.module]: name }, annotations: { [annotations.moduleId]: id } };
    store.put({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas } } as unknown as Deployment);
  }
});

function pod(moduleId: string, name: string, deletionTimestamp?: string): void {
  const metadata = { name, uid: `uid-${name}`, labels: { [labels.module]: moduleObjectName(moduleId) } };
  store.put({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, ...(deletionTimestamp && { deletionTimestamp }) },
  } as Pod);
}

/** @param end type of the condition that says how it ended */
function job(moduleId: string, end?: "Complete" | "Failed", suspend = false): void {
  const name = moduleObjectName(moduleId);
  const conditions = end === undefined ? [] : [{ type: end, status: "True" }];
  store.put({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, labels: { [labels.module]: name }, annotations: { [annotations.moduleId]: moduleId } },
    spec: { suspend },
    status: { conditions },
  } as unknown as Job);
}

function control(mayDelete = true) {
  const client = {
    call: async (request: ApiRequest) => {
      requests.push(request);
      return answer();
    },
  } as unknown as ApiClient;
  return createModuleControl({
    client: mayDelete ? client : undefined,
    namespace: "edge-a",
    workloads: () => listWorkloads({ deployments: store.informer(deployments), jobs: store.informer(jobs) }),
    pods: store.informer(pods),
    events: { record: (notice) => void told.push(notice) },
  });
}

const status = (code: number, message: RegExp) =>
  expect.objectContaining({ status: code, message: expect.stringMatching(message) });

describe("a restart", () => {
  it("ends every pod of the module that is not ending yet, and no other, and tells so", async () => {
    pod("Sensor", "sensor-1");
    pod("Sensor", "sensor-2", "2026-01-01T00:00:00Z");
    pod("other", "other-1");
    await control().restart("Sensor");
    expect(requests.map(({ verb, path, body }) => ({ verb, path, body }))).toEqual([
      {
        verb: "delete",
        path: "/api/v1/namespaces/edge-a/pods/sensor-1",
        body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "uid-sensor-1" } },
      },
    ]);
    expect(told).toEqual([expect.objectContaining({ reason: "ModuleRestarted", type: "Normal" })]);
  });

  it.each([kubernetesErrors.EDGE_KUBERNETES_NOT_FOUND, kubernetesErrors.EDGE_KUBERNETES_CONFLICT])(
    "is done when the pod is another by now",
    async (error) => {
      pod("Sensor", "sensor-1");
      answer = () => {
        throw error({ verb: "delete", path: "/pod" });
      };
      await control().restart("Sensor");
      expect(told).toHaveLength(1);
    },
  );

  it("is 503 when the API server fails, and nothing is told", async () => {
    pod("Sensor", "sensor-1");
    answer = () => {
      throw kubernetesErrors.EDGE_KUBERNETES_TIMEOUT({ verb: "delete", path: "/pod", seconds: 15 });
    };
    await expect(control().restart("Sensor")).rejects.toMatchObject({ status: 503 });
    expect(told).toEqual([]);
  });

  it("is refused where it is turned off, of a module that is stopped, and of none", async () => {
    await expect(control(false).restart("Sensor")).rejects.toEqual(status(403, /iotedged.moduleRestart/));
    await expect(control().restart("idle")).rejects.toEqual(status(409, /deployment manifest/));
    await expect(control().restart("sensor")).rejects.toEqual(status(404, /no module/));
    expect(requests).toEqual([]);
  });
});

it("a restart of a Job is refused, because ending its pod would be its end", async () => {
  pod("backup", "backup-1");
  job("backup");
  await expect(control().restart("backup")).rejects.toEqual(status(409, /not started again .* Change its entry/));
  expect(requests).toEqual([]);
});

describe("start and stop", () => {
  it("succeed when the manifest agrees", () => {
    control().start("Sensor");
    control().stop("idle");
  });

  it("of a Job tell whether it is stopped, is to run, or has come to its end", () => {
    job("backup");
    control().start("backup");
    expect(() => control().stop("backup")).toThrow(status(409, /manifest: change the module's status there/));
    for (const end of ["Complete", "Failed"] as const) {
      job("backup", end);
      control().stop("backup");
      expect(() => control().start("backup")).toThrow(status(409, /come to its end\. Change its entry/));
    }
    job("backup", undefined, true);
    control().stop("backup");
    expect(() => control().start("backup")).toThrow(status(409, /manifest: change the module's status there/));
  });

  it("are refused with the way out when it does not", () => {
    expect(() => control().start("idle")).toThrow(status(409, /manifest: change the module's status there/));
    expect(() => control().stop("Sensor")).toThrow(status(409, /manifest: change the module's status there/));
    expect(() => control().stop("$edgeAgent")).toThrow(status(409, /edgeAgent.enabled/));
    expect(() => control().start("nobody")).toThrow(status(404, /no module/));
  });
});
