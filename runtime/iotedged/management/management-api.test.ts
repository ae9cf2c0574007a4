import { beforeEach, describe, expect, it } from "vitest";
import { annotations, type HubRecord, labels, moduleObjectName } from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { identityOf } from "../../../test/fakes/iotedged-api.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import type { ApiClient, ApiRequest } from "../../shared/kubernetes/api-client.ts";
import { kubernetesErrors } from "../../shared/kubernetes/errors.ts";
import {
  type Deployment,
  deployments,
  type Job,
  jobs,
  type Pod,
  pods,
  serviceAccounts,
} from "../../shared/kubernetes/kinds.ts";
import { createManagementApi } from "./management-api.ts";
import { listModuleDetails } from "./module-details.ts";
import { managementRoutes } from "./routes.ts";
import { createSystemInfo } from "./system-info.ts";
import { listWorkloads } from "./workloads.ts";

let store: FakeObjectStore;

beforeEach(() => {
  store = new FakeObjectStore("edge-a");
});

const listModules = () =>
  listModuleDetails(
    listWorkloads({ deployments: store.informer(deployments), jobs: store.informer(jobs) }),
    store.select(pods),
  );
const aCall = { parameters: new URLSearchParams(), signal: new AbortController().signal };
type Status = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

function createApi(hub?: HubRecord) {
  const unasked = () => {
    throw new Error("not asked for");
  };
  return createManagementApi({
    listModules,
    serviceAccounts: store.informer(serviceAccounts),
    systemInfo: unasked,
    systemResources: unasked,
    features: {
      control: { start: unasked, stop: unasked, restart: unasked },
      logs: undefined,
      supportBundle: undefined,
    },
    hubStatus: hub && (() => Promise.resolve(hub)),
    clock: new FakeClock(),
  });
}

function deploy(moduleId: string, replicas = 1): void {
  const name = moduleObjectName(moduleId);
  const containers = [
    { name: "proxy", image: "registry/proxy:1" },
    { name, image: "registry/module:1" },
  ];
  const module: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { [labels.module]: name },
      annotations: { [annotations.moduleId]: moduleId },
    },
    spec: { replicas, selector: {}, template: { spec: { containers } } },
  };
  store.put(module);
}

function startJob(moduleId: string, job: { suspend?: boolean; end?: string; deletionTimestamp?: string } = {}): void {
  const name = moduleObjectName(moduleId);
  const { suspend = false, end, ...metadata } = job;
  const module: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...metadata,
      name,
      uid: `uid-job-${name}`,
      labels: { [labels.module]: name },
      annotations: { [annotations.moduleId]: moduleId },
    },
    spec: { suspend, template: { spec: { containers: [{ name, image: "registry/job:1" }] } } },
    status: { conditions: end === undefined ? [] : [{ type: end, status: "True", reason: `${end}Reason` }] },
  };
  store.put(module);
}

function run(
  moduleId: string,
  state: Status["state"],
  more: Partial<Status> = {},
  created = "2026-01-01T00:00:00Z",
): void {
  const name = moduleObjectName(moduleId);
  const status = { image: "", imageID: "", restartCount: 0, ready: true, ...more };
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-${created}`, creationTimestamp: created, labels: { [labels.module]: name } },
    status: {
      phase: "Running",
      containerStatuses: [
        { ...status, name: "proxy", state: { running: { startedAt: "1970-01-01T00:00:00Z" } } },
        { ...status, name, ...(state === undefined ? {} : { state }) },
      ],
    },
  };
  store.put(pod);
}

describe("the list of modules", () => {
  it("tells id, image and start of a module that runs, and nothing of its environment", () => {
    deploy("Temperature Sensor");
    run("Temperature Sensor", { running: { startedAt: "2026-01-01T00:00:05Z" } });
    expect(listModules()).toEqual([
      {
        id: `uid-${moduleObjectName("Temperature Sensor")}`,
        name: "Temperature Sensor",
        type: "docker",
        config: { settings: { image: "registry/module:1", createOptions: {} }, env: [] },
        status: { startTime: "2026-01-01T00:00:05Z", runtimeStatus: { status: "running" } },
      },
    ]);
  });

  const ended = { exitCode: 3, finishedAt: "2026-01-01T00:01:00Z", reason: "Error" };
  it.each([
    ["running", { running: { startedAt: "t" } }, {}],
    ["unhealthy", { running: { startedAt: "t" } }, { ready: false }],
    ["backoff", { waiting: { reason: "CrashLoopBackOff" } }, {}],
    ["unhealthy", { waiting: { reason: "ImagePullBackOff" } }, {}],
    ["failed", { terminated: ended }, {}],
    ["stopped", { terminated: { ...ended, exitCode: 0 } }, {}],
    ["unknown", undefined, {}],
  ] as const)("tells %s of %j %j", (expected, state, more) => {
    deploy("sensor");
    run("sensor", state, more);
    expect(listModules()[0]?.status.runtimeStatus.status).toBe(expected);
  });

  it("tells how it ended last, also when it runs again", () => {
    deploy("sensor");
    run("sensor", { running: { startedAt: "t" } }, { lastState: { terminated: ended } });
    expect(listModules()[0]?.status.exitStatus).toEqual({ exitTime: ended.finishedAt, statusCode: "3" });
  });

  it("looks at the newest pod, and tells modules without a pod and without replicas too", () => {
    for (const [id, replicas] of [
      ["c", 1],
      ["b", 1],
      ["a", 0],
    ] as const)
      deploy(id, replicas);
    run("c", { terminated: ended }, {}, "2026-01-01T00:00:00Z");
    run("c", { running: { startedAt: "t" } }, {}, "2026-01-02T00:00:00Z");
    expect(listModules().map(({ name, status }) => [name, status.runtimeStatus.status])).toEqual([
      ["a", "stopped"],
      ["b", "unknown"],
      ["c", "running"],
    ]);
  });
});

describe("modules that run as Jobs", () => {
  const ended = { finishedAt: "2026-01-01T00:01:00Z", reason: "Completed" };

  it("are told of with their image, how they run and how they ended", () => {
    for (const id of ["runs", "done", "broken"]) startJob(id);
    run("runs", { running: { startedAt: "2026-01-01T00:00:05Z" } });
    run("done", { terminated: { ...ended, exitCode: 0 } });
    run("broken", { terminated: { ...ended, exitCode: 42, reason: "Error" } });
    expect(
      listModules().map(({ name, status }) => [name, status.runtimeStatus, status.exitStatus?.statusCode]),
    ).toEqual([
      ["broken", { status: "failed", description: "Error" }, "42"],
      ["done", { status: "stopped", description: "Completed" }, "0"],
      ["runs", { status: "running" }, undefined],
    ]);
    expect(listModules()[0]).toMatchObject({ id: "uid-job-broken", config: { settings: { image: "registry/job:1" } } });
  });

  it("are told of without a pod: stopped, over, or yet to begin", () => {
    startJob("stopped", { suspend: true });
    startJob("waits");
    startJob("done", { end: "Complete" });
    startJob("broken", { end: "Failed" });
    expect(Object.fromEntries(listModules().map(({ name, status }) => [name, status.runtimeStatus]))).toEqual({
      stopped: { status: "stopped" },
      waits: { status: "unknown", description: "there is no pod" },
      done: { status: "stopped", description: "CompleteReason" },
      broken: { status: "failed", description: "FailedReason" },
    });
  });

  it("are there once while a Job replaces a Deployment, or the other way round", () => {
    deploy("one");
    startJob("one", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(listModules().map(({ id }) => id)).toEqual(["uid-one"]);
  });

  it("have failed when their node has put them out", () => {
    startJob("sensor");
    const metadata = { name: "sensor-1", labels: { [labels.module]: "sensor" } };
    store.put({ apiVersion: "v1", kind: "Pod", metadata, status: { phase: "Failed", reason: "Evicted" } } as Pod);
    expect(listModules()[0]?.status.runtimeStatus).toEqual({ status: "failed", description: "Evicted" });
  });
});

describe("the list of identities", () => {
  it("has every ServiceAccount that stands for a module, and no other", () => {
    const account = (name: string, moduleId?: string, more: Readonly<Record<string, string>> = {}) =>
      store.put({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          name,
          uid: `uid-${name}`,
          ...(moduleId && { annotations: { [annotations.moduleId]: moduleId, ...more } }),
        },
      });
    account("sensor", "sensor");
    const kept = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
    account("restored", "restored", { [annotations.keptGeneration]: `restored/${kept}` });
    account("edgeagent");
    account("default");
    account("impostor", "$edgeHub");
    expect(createApi()["management.identities"](identityOf("$edgeAgent"), undefined, {}, aCall)).toEqual({
      identities: [
        { moduleId: "$edgeAgent", managedBy: "iotedge", generationId: "uid-edgeagent", authType: "Sas" },
        { moduleId: "restored", managedBy: "iotedge", generationId: kept, authType: "Sas" },
        { moduleId: "sensor", managedBy: "iotedge", generationId: "uid-sensor", authType: "Sas" },
      ],
    });
  });
});

describe("the system info", () => {
  const machine = { kernel: () => "6.12.9", processors: () => 4, totalMemory: () => 8_000_000_000 };
  const node = (architecture: string) => ({ status: { nodeInfo: { architecture } } });
  const requests: ApiRequest[] = [];
  let answers: (() => unknown)[];
  const client = {
    call: async (request: ApiRequest) => {
      requests.push(request);
      return answers.shift()?.();
    },
  } as unknown as ApiClient;

  beforeEach(() => {
    requests.length = 0;
    answers = [];
  });

  it("counts nodes by architecture, page by page, as JSON text", async () => {
    answers = [
      () => ({ metadata: { continue: "more" }, items: [node("arm64"), node("amd64")] }),
      () => ({ metadata: {}, items: [node("amd64"), {}] }),
    ];
    const info = await createSystemInfo({ client, machine, clock: new FakeClock() })();
    expect(info.osType).toBe("Kubernetes");
    expect(JSON.parse(info.architecture)).toEqual([
      { name: "amd64", nodes_count: 2 },
      { name: "arm64", nodes_count: 1 },
      { name: "unknown", nodes_count: 1 },
    ]);
    expect(requests.map(({ query }) => query?.continue)).toEqual([undefined, "more"]);
  });

  it("lists nodes at most twice a minute", async () => {
    const clock = new FakeClock();
    answers = [() => ({ metadata: {}, items: [] }), () => ({ metadata: {}, items: [] })];
    const systemInfo = createSystemInfo({ client, machine, clock });
    await Promise.all([systemInfo(), systemInfo()]);
    await clock.advance(29_999);
    await systemInfo();
    expect(requests).toHaveLength(1);
    await clock.advance(1);
    await systemInfo();
    expect(requests).toHaveLength(2);
  });

  it("answers 503 when nodes cannot be listed, and tries again next time", async () => {
    const fail = () => {
      throw kubernetesErrors.EDGE_KUBERNETES_TIMEOUT({ verb: "list", path: "/api/v1/nodes", seconds: 15 });
    };
    answers = [fail, () => ({ metadata: {}, items: [] })];
    const systemInfo = createSystemInfo({ client, machine, clock: new FakeClock() });
    await expect(systemInfo()).rejects.toMatchObject({ status: 503 });
    expect((await systemInfo()).architecture).toBe("[]");
  });

  it("asks for no node where there is no right to", async () => {
    expect(await createSystemInfo({ client: undefined, machine, clock: new FakeClock() })()).toMatchObject({
      architecture: "Kubernetes",
      kernel_version: "6.12.9",
      cpus: 4,
      total_memory: 8_000_000_000,
    });
  });
});

describe("one module", () => {
  const get = (name: string) => createApi()["management.module"](identityOf("sensor"), undefined, { name }, aCall);

  it("is told of by its id, not by the name of its Deployment", () => {
    deploy("Sensor");
    expect(get("Sensor")).toMatchObject({ name: "Sensor", type: "docker" });
    expect(() => get(moduleObjectName("Sensor"))).toThrow(expect.objectContaining({ status: 404 }));
  });
});

describe("what has no meaning here", () => {
  const agent = identityOf("$edgeAgent");
  const path = { name: "sensor" };

  it.each(["create", "update", "delete"] as const)("refuses to %s an identity, and says what to do", (verb) => {
    const ask = () => createApi()[`management.identities.${verb}`](agent, undefined, path, aCall);
    // Of one identity nothing can be asked for at all.
    const allow = verb === "create" ? "GET" : "";
    expect(ask).toThrow(expect.objectContaining({ status: 405, headers: { allow } }));
    expect(ask).toThrow(/deployment manifest/);
  });

  it.each([
    "management.modules.create",
    "management.module.update",
    "management.module.delete",
    "management.module.prepareupdate",
  ] as const)("refuses %s, and says what to do", (route) => {
    const ask = () => createApi()[route](agent, undefined, path, aCall);
    expect(ask).toThrow(expect.objectContaining({ status: 405, message: expect.stringMatching(/manifest/) }));
  });

  it("refuses logs and support bundles where they are turned off, and names the switch", async () => {
    const logs = createApi()["management.module.logs"](agent, undefined, path, aCall);
    await expect(logs).rejects.toMatchObject({ status: 403, message: expect.stringMatching(/iotedged.moduleLogs/) });
    const bundle = () => createApi()["management.systeminfo.supportbundle"](agent, undefined, {}, aCall);
    expect(bundle).toThrow(
      expect.objectContaining({ status: 403, message: expect.stringMatching(/iotedged.supportBundle/) }),
    );
  });

  it("refuses to provision anew, and says what to do", () => {
    const ask = () => createApi()["management.device.reprovision"](agent, undefined, {}, aCall);
    expect(ask).toThrow(expect.objectContaining({ status: 409, message: expect.stringMatching(/deploy the stack/) }));
  });

  it("tells EdgeAgent how the hub fares, and that there is none where the installation stands alone", async () => {
    const ask = (hub?: HubRecord) => createApi(hub)["management.hub"](agent, undefined, {}, aCall);
    const since = "2026-01-01T00:00:00.000Z";
    const record: HubRecord = { hubHostname: "h", deviceId: "d", state: "connected", since, identities: [] };
    expect(await ask(record)).toEqual(record);
    expect(() => ask()).toThrow(expect.objectContaining({ status: 409, message: expect.stringContaining("alone") }));
    expect(managementRoutes["management.hub"].access).toBe("edgeAgent");
  });
});
