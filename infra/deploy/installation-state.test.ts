import { describe, expect, test } from "vitest";
import { digestOfManifest, digestOfSettings } from "#contract";
import type { LiveObject } from "../kubernetes/kubernetes-types.ts";
import { hintsFor } from "./hints.ts";
import { assessInstallation, type Snapshot } from "./installation-state.ts";

const manifest = (modules: object) => ({
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", systemModules: {}, modules } } },
});

function live(kind: string, name: string, more: object = {}): LiveObject {
  return { apiVersion: "v1", kind, metadata: { name, uid: `${kind}-${name}`, generation: 2 }, ...more };
}

function deployment(name: string, status: object = {}, replicas = 1): LiveObject {
  const all = { observedGeneration: 2, replicas, updatedReplicas: replicas, availableReplicas: replicas };
  const template = { spec: { containers: [{ image: `example.org/${name}:1` }] } };
  return live("Deployment", name, {
    spec: { replicas, selector: { matchLabels: { app: name } }, template },
    status: { ...all, ...status },
  });
}

const configMap = (name: string, key: string, content: unknown) =>
  live("ConfigMap", name, { data: { [key]: typeof content === "string" ? content : JSON.stringify(content) } });
const settings = (enabled: boolean) => configMap("iotedged-agent-config", "settings.json", { enabled });
const desired = (modules: object) => configMap("edgeagent-deployment", "deployment.json", manifest(modules));
/** A status by an EdgeAgent that has acted on `of`. */
const status = (modules: object, code = 200, description = "", of: readonly LiveObject[] = []) => {
  const text = (key: string): string | undefined => of.find(({ data }) => data?.[key] !== undefined)?.data[key];
  const [declared, own] = [text("deployment.json"), text("settings.json")];
  const observed = {
    manifest: declared && digestOfManifest(declared),
    settings: own && digestOfSettings(JSON.parse(own)),
  };
  return configMap("edgeagent-status", "status.json", { lastDesiredStatus: { code, description }, observed, modules });
};
/** ConfigMaps of an installation whose EdgeAgent has acted on the others of them. */
const acted = (of: readonly LiveObject[], modules: object, code = 200, description = "") => [
  ...of,
  status(modules, code, description, of),
];
/** A status by an EdgeAgent that has acted on a manifest which no ConfigMap holds. */
const hubStatus = (modules: object, code = 200, description = "") => {
  const observed = { manifest: digestOfManifest("of the hub"), settings: digestOfSettings({ enabled: true }) };
  return configMap("edgeagent-status", "status.json", { lastDesiredStatus: { code, description }, observed, modules });
};
const running = { runtimeStatus: "running", restartCount: 3 };

function assess(more: Partial<Snapshot>) {
  const hints = hintsFor({ kind: "local", context: "edge-local" }, "local");
  return assessInstallation({ namespace: "a", deployments: [], pods: [], configMaps: [], events: [], ...more }, hints);
}
const daemons = [deployment("iotedged"), deployment("edgeagent")];
const component = (state: ReturnType<typeof assess>, name: string) =>
  state.components.find((item) => item.name === name);

describe("an installation is ready", () => {
  test("when both daemons are rolled out and all modules run", () => {
    const configMaps = acted([settings(true), desired({ sensor: {} })], { sensor: running });
    const state = assess({ deployments: [...daemons, deployment("sensor")], configMaps });
    expect(state.ready).toBe(true);
    expect(component(state, "sensor")).toMatchObject({ state: "running", restarts: 3, image: "example.org/sensor:1" });
  });

  test("without EdgeAgent where it is turned off", () => {
    const state = assess({ deployments: [deployment("iotedged")], configMaps: [settings(false), desired({ s: {} })] });
    expect(state).toMatchObject({ ready: true, components: [{ name: "iotedged" }] });
  });

  test("without a manifest, when EdgeAgent says that it has none", () => {
    expect(assess({ deployments: daemons, configMaps: acted([settings(true)], {}, 417, "none") }).ready).toBe(true);
  });

  test("connected to IoT Hub, by what EdgeAgent says of the manifest there", () => {
    const connected = configMap("iotedged-config", "config.json", { provisioning: { source: "manual" } });
    const ofHub = (modules: object, code = 200, description = "") =>
      assess({
        deployments: [...daemons, deployment("sensor")],
        configMaps: [connected, settings(true), hubStatus(modules, code, description)],
      });
    expect(ofHub({ sensor: running })).toMatchObject({ ready: true, components: [{}, {}, { name: "sensor" }] });
    expect(ofHub({}, 417, "no desired properties").ready).toBe(true);
    expect(ofHub({ sensor: { ...running, runtimeStatus: "backoff" } }).ready).toBe(false);
    const refused = ofHub({ sensor: running }, 400, "modules.a has no image");
    expect(refused.problem).toContain("has no image");
    expect(refused.findings).toMatchObject([{ id: "manifest-refused" }]);
    const alone = assess({ deployments: daemons, configMaps: [settings(true), hubStatus({})] });
    expect(alone.problem).toBe("EdgeAgent has not taken up the manifest yet");
  });

  test("connected to IoT Hub, whatever the hub says: what runs, runs", () => {
    const connected = configMap("iotedged-config", "config.json", { provisioning: { source: "manual" } });
    const problem = { code: "EDGE_HUB_AWAY", message: "hub.test cannot be reached: ENOTFOUND" };
    const identities = [{ moduleId: "$edgeAgent", generationId: "g", state: "ready" }];
    const hub = {
      hubHostname: "hub.test",
      deviceId: "d1",
      state: "failed",
      since: "2026-01-01T00:00:00.000Z",
      problem,
      identities,
    };
    const told = (record: unknown) =>
      assess({
        deployments: daemons,
        configMaps: [connected, settings(true), hubStatus({}), configMap("iotedged-trust", "hub.json", record)],
      });
    expect(told(hub)).toMatchObject({ ready: true, hub });
    expect(told({ ...hub, state: "spoilt" })).not.toHaveProperty("hub");
    const alone = [settings(true), desired({}), configMap("iotedged-trust", "hub.json", hub)];
    expect(assess({ deployments: daemons, configMaps: acted(alone, {}) })).not.toHaveProperty("hub");
  });

  test("when a module that must be stopped is stopped", () => {
    const configMaps = acted([desired({ s: { status: "stopped" } })], { s: { runtimeStatus: "stopped" } });
    expect(assess({ deployments: [...daemons, deployment("s", {}, 0)], configMaps }).ready).toBe(true);
  });
});

describe("a module that runs as a Job", () => {
  const assessJob = (entry: object, report: object) => {
    const configMaps = acted([settings(true), desired({ s: { restartPolicy: "never", ...entry } })], { s: report });
    const state = assess({ deployments: daemons, configMaps });
    return [state.ready, component(state, "s")?.state, component(state, "s")?.reason];
  };

  test.each([
    [{}, { runtimeStatus: "running" }, [true, "running", undefined]],
    [{ restartPolicy: "on-failure" }, { runtimeStatus: "running" }, [true, "running", undefined]],
    [{}, { runtimeStatus: "stopped", statusDescription: "ended" }, [true, "stopped", undefined]],
    [{ status: "stopped" }, { runtimeStatus: "stopped" }, [true, "stopped", undefined]],
    [{ status: "stopped" }, { runtimeStatus: "running", statusDescription: "s" }, [false, "running", "s"]],
    [{}, { runtimeStatus: "failed", statusDescription: "exit 1" }, [false, "failed", "exit 1"]],
    [{}, { runtimeStatus: "backoff", statusDescription: "no image" }, [false, "backoff", "no image"]],
  ])("%j that is reported as %j", (entry, report, expected) => {
    expect(assessJob(entry, report)).toEqual(expected);
  });

  test("is waited for until EdgeAgent reports it", () => {
    const configMaps = acted([settings(true), desired({ s: { restartPolicy: "never" } })], {});
    const state = assess({ deployments: daemons, configMaps });
    expect(component(state, "s")).toMatchObject({ ready: false, state: "missing" });
  });

  test("needs its Deployment where EdgeAgent makes no Jobs", () => {
    const none = configMap("iotedged-agent-config", "settings.json", { enabled: true, modules: { jobs: false } });
    const configMaps = acted([none, desired({ s: { restartPolicy: "never" } })], { s: { runtimeStatus: "stopped" } });
    expect(component(assess({ deployments: daemons, configMaps }), "s")?.reason).toContain("Deployment s");
  });
});

describe("while a manifest is refused", () => {
  const newest = [settings(true), desired({ sensor: {}, fresh: { restartPolicy: "never" } })];
  const inForce = {
    sensor: { status: "running", restartPolicy: "always", ...running },
    former: { status: "stopped", restartPolicy: "always", runtimeStatus: "stopped" },
    task: { status: "running", restartPolicy: "never", runtimeStatus: "stopped" },
  };
  const deployments = [...daemons, deployment("sensor"), deployment("former", {}, 0)];
  const modulesOf = (state: ReturnType<typeof assess>) =>
    state.components
      .filter((one) => one.component === "module")
      .map(({ name, ready, state: word }) => [name, ready, word]);

  test("the modules are those of the manifest in force, and the problem says why", () => {
    const state = assess({ deployments, configMaps: acted(newest, inForce, 400, "modules.fresh: wrong") });
    expect(modulesOf(state)).toEqual([
      ["sensor", true, "running"],
      ["former", true, "stopped"],
      ["task", true, "stopped"],
    ]);
    expect(state).toMatchObject({
      ready: false,
      problem: "EdgeAgent has refused the manifest, and the one before stays in force: modules.fresh: wrong",
    });
  });

  test("those of a newer one are told as soon as there is another one", () => {
    const state = assess({ deployments, configMaps: [...newest, status(inForce, 400, "wrong", [settings(true)])] });
    expect(modulesOf(state).map(([name]) => name)).toEqual(["sensor", "fresh"]);
  });
});

describe("an installation is not ready", () => {
  const ready = { configMaps: acted([desired({ s: {} })], { s: running }) };
  const wrong: [string, Partial<Snapshot>, string, string][] = [
    ["before iotedged is there", { deployments: [] }, "iotedged", "Deployment iotedged does not exist"],
    [
      "while somebody has scaled iotedged to 0",
      { deployments: [deployment("iotedged", {}, 0)] },
      "iotedged",
      "Deployment iotedged is scaled to 0 pods",
    ],
    [
      "while an old pod of iotedged is there",
      { deployments: [deployment("iotedged", { replicas: 2, availableReplicas: 2 })] },
      "iotedged",
      "Deployment iotedged has old pods that have not ended: 1",
    ],
    [
      "while the old pod alone is available",
      { deployments: [deployment("iotedged", { replicas: 2 })] },
      "iotedged",
      "Deployment iotedged has new pods that are not available yet",
    ],
    [
      "before the new pod is made",
      { deployments: [deployment("iotedged", { updatedReplicas: 0 })] },
      "iotedged",
      "Deployment iotedged has 0 of 1 pods of its newest version",
    ],
    [
      "before the controller has seen the newest template",
      { deployments: [deployment("iotedged", { observedGeneration: 1 })] },
      "iotedged",
      "Deployment iotedged is changed, and its controller has not seen that yet",
    ],
    [
      "while a quota keeps pods from being made",
      {
        deployments: [
          deployment("iotedged", {
            availableReplicas: 0,
            conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" }],
          }),
        ],
      },
      "iotedged",
      "no pod: exceeded quota (Deployment iotedged: FailedCreate: exceeded quota)",
    ],
    ["before a module is deployed", { deployments: daemons }, "s", "Deployment s does not exist"],
    [
      "while a module fails",
      {
        deployments: [...daemons, deployment("s")],
        configMaps: acted([desired({ s: {} })], {
          s: { runtimeStatus: "backoff", statusDescription: "CrashLoopBackOff" },
        }),
      },
      "s",
      "CrashLoopBackOff",
    ],
    [
      "before EdgeAgent has reported a module",
      { deployments: [...daemons, deployment("s")], configMaps: acted([desired({ s: {} })], {}) },
      "s",
      "EdgeAgent has not reported it yet",
    ],
  ];
  test.each(wrong)("%s", (_, snapshot, name, reason) => {
    const state = assess({ ...ready, ...snapshot });
    expect(state.ready).toBe(false);
    expect(component(state, name)?.reason).toBe(reason);
  });

  test("while EdgeAgent refuses the manifest", () => {
    const state = assess({ deployments: daemons, configMaps: acted([desired({})], {}, 400, "modules: wrong") });
    expect(state).toMatchObject({ ready: false, problem: "EdgeAgent has refused the manifest: modules: wrong" });
  });

  test.each([
    ["manifest", [settings(true), desired({ s: {}, t: {} })], "EdgeAgent has not taken up the manifest yet"],
    ["settings", [settings(false), desired({ s: {} })], "EdgeAgent has not taken up its settings yet"],
  ])("while EdgeAgent reports on older %s", (_, acted, problem) => {
    const now = [settings(true), desired({ s: {} })];
    const configMaps = [...now, status({ s: running }, 200, "", acted)];
    expect(assess({ deployments: [...daemons, deployment("s")], configMaps })).toMatchObject({ ready: false, problem });
  });

  test.each(["{", '{"lastDesiredStatus": 1}', "[]"])("when the status is %s", (text) => {
    const configMaps = [desired({}), configMap("edgeagent-status", "status.json", text)];
    expect(assess({ deployments: daemons, configMaps }).ready).toBe(false);
  });
});

describe("the reason names what the pod waits for", () => {
  const containers = [{ name: "c", image: "r.example.com/c:1" }];
  const initContainers = [{ name: "proxy", image: "r.example.com/proxy:1" }];
  const pod = (podStatus: object, name = "iotedged-1", metadata: object = {}) =>
    live("Pod", name, {
      metadata: { name, uid: name, labels: { app: "iotedged" }, ...metadata },
      spec: { initContainers, containers },
      status: podStatus,
    });
  const waiting = (reason: string, message?: string) => ({ name: "proxy", state: { waiting: { reason, message } } });
  const warning = (message: string, time: string, uid = "iotedged-1") =>
    live("Event", message, {
      type: "Warning",
      reason: "FailedMount",
      message,
      lastTimestamp: time,
      involvedObject: { uid },
    });
  const assessPods = (pods: LiveObject[], events: LiveObject[] = [], status: object = {}) => {
    const deployments = [deployment("iotedged", { availableReplicas: 0, ...status })];
    return component(assess({ deployments, pods, events }), "iotedged")?.reason;
  };
  const reasonOf = (podStatus: object, events: LiveObject[] = []) => assessPods([pod(podStatus)], events);

  test("an image that cannot be pulled, of an init container too", () => {
    const podStatus = {
      initContainerStatuses: [waiting("ImagePullBackOff", "Back-off\n pulling image")],
      containerStatuses: [waiting("PodInitializing")],
    };
    expect(reasonOf(podStatus)).toBe(
      "image r.example.com/proxy:1 of container proxy cannot be pulled now (ImagePullBackOff: Back-off pulling image)",
    );
  });

  test("a node that does not fit", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" };
    expect(reasonOf({ conditions: [condition] })).toContain("no node takes its pod: 0/1 nodes");
  });

  test("a container that ended", () => {
    const terminated = { reason: "Error", exitCode: 3 };
    expect(reasonOf({ containerStatuses: [{ name: "c", state: { terminated } }] })).toContain(
      "its program ends with exit code 3",
    );
  });

  test("else the last warning about this pod", () => {
    const events = [
      warning("old", "2026-01-01T00:00:00Z"),
      warning("mount failed", "2026-01-01T00:00:09Z"),
      warning("of another pod", "2026-01-01T00:00:10Z", "other"),
    ];
    expect(reasonOf({ containerStatuses: [waiting("ContainerCreating")] }, events)).toBe(
      "its pod cannot be started now: FailedMount: mount failed",
    );
  });

  test("of the newest template, and not what an older one suffered from", () => {
    const failing = (exitCode: number) => ({
      containerStatuses: [{ name: "c", state: { terminated: { reason: "Error", exitCode } } }],
    });
    const made = (name: string, hash: string, creationTimestamp: string, exitCode: number, more: object = {}) =>
      pod(failing(exitCode), name, {
        labels: { app: "iotedged", "pod-template-hash": hash },
        creationTimestamp,
        ...more,
      });
    const [old, next] = [made("old", "a", "2026-01-01T00:00:00Z", 1), made("next", "b", "2026-01-02T00:00:00Z", 2)];
    const starting = pod({}, "starting", {
      labels: { app: "iotedged", "pod-template-hash": "b" },
      creationTimestamp: "2026-01-02T00:00:00Z",
    });
    expect(assessPods([old, starting])).toBe("Deployment iotedged has 0 of 1 pods available");
    const leaving = made("gone", "b", "2026-01-03T00:00:00Z", 3, { deletionTimestamp: "2026-01-03T00:00:01Z" });
    expect(assessPods([old, next, leaving])).toContain("exit code 2");
    expect(assessPods([old], [], { updatedReplicas: 0 })).toBe(
      "Deployment iotedged has 0 of 1 pods of its newest version",
    );
    expect(assessPods([old], [], { observedGeneration: 1 })).toContain("its controller has not seen that yet");
  });
});

describe("what EdgeAgent says of the manifest is a finding", () => {
  const findings = (configMaps: readonly LiveObject[]) =>
    assess({ deployments: daemons, configMaps }).findings.map(({ id, message }) => [id, message]);
  const now = [settings(true), desired({})];

  test("whole, when it has refused it", () => {
    const description = `modules.a: ${"wrong ".repeat(500)}`.trim();
    expect(findings(acted(now, {}, 400, description))).toEqual([
      ["manifest-refused", `EdgeAgent has refused the manifest: ${description}`],
    ]);
  });

  test("when the API server refuses what it asks for, and not when it was only away", () => {
    // As EdgeAgent says it, and as those do whom it quotes.
    for (const said of [
      "module a could not be brought to its desired state: the API server refuses the object of patch /apis/x (422): spec.x (FieldValueInvalid)",
      "module a could not be brought to its desired state: admission policy nobody refuses the object of patch /apis/x (422)",
      "admission policy denied the request",
    ])
      expect(findings(acted(now, {}, 500, said))[0]?.[0]).toBe("object-refused");
    // A deployment brings back the right that it lacked.
    const lacking = "module a could not be brought to its desired state: the API server forbids patch /apis/x (403)";
    expect(findings(acted(now, {}, 500, lacking))).toEqual([]);
    expect(findings(acted(now, {}, 500, "connection refused"))).toEqual([]);
  });

  test("not while it speaks of an older one", () => {
    const older = [settings(true), desired({ s: {} })];
    expect(findings([...now, status({}, 400, "wrong", older)])).toEqual([]);
  });

  test("when it warns of something", () => {
    const [report] = acted(now, {}).slice(-1);
    const text = JSON.stringify({ ...JSON.parse(report?.data["status.json"]), warnings: ["modules.a.env: no effect"] });
    const state = assess({
      deployments: daemons,
      configMaps: [...now, configMap("edgeagent-status", "status.json", text)],
    });
    const told = { id: "manifest-warning", severity: "warning", message: "modules.a.env: no effect" };
    expect(state).toMatchObject({ ready: true, findings: [told] });
  });
});
