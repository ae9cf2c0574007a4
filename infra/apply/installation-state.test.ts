import { describe, expect, test } from "vitest";
import { assessInstallation, type Snapshot } from "./installation-state.ts";
import type { LiveObject } from "./kubernetes-types.ts";

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
const status = (modules: object, code = 200, description = "") =>
  configMap("edgeagent-status", "status.json", { lastDesiredStatus: { code, description }, modules });
const running = { runtimeStatus: "running", restartCount: 3 };

function assess(more: Partial<Snapshot>) {
  return assessInstallation({ namespace: "a", deployments: [], pods: [], configMaps: [], events: [], ...more });
}
const daemons = [deployment("iotedged"), deployment("edgeagent")];
const component = (state: ReturnType<typeof assess>, name: string) =>
  state.components.find((item) => item.name === name);

describe("an installation is ready", () => {
  test("when both daemons are rolled out and all modules run", () => {
    const configMaps = [settings(true), desired({ sensor: {} }), status({ sensor: running })];
    const state = assess({ deployments: [...daemons, deployment("sensor")], configMaps });
    expect(state.ready).toBe(true);
    expect(component(state, "sensor")).toMatchObject({ state: "running", restarts: 3, image: "example.org/sensor:1" });
  });

  test("without EdgeAgent where it is turned off", () => {
    const state = assess({ deployments: [deployment("iotedged")], configMaps: [settings(false), desired({ s: {} })] });
    expect(state).toMatchObject({ ready: true, components: [{ name: "iotedged" }] });
  });

  test("without a manifest, when EdgeAgent says that it has none", () => {
    expect(assess({ deployments: daemons, configMaps: [settings(true), status({}, 417, "none")] }).ready).toBe(true);
  });

  test("when a module that must be stopped is stopped", () => {
    const configMaps = [desired({ s: { status: "stopped" } }), status({ s: { runtimeStatus: "stopped" } })];
    expect(assess({ deployments: [...daemons, deployment("s", {}, 0)], configMaps }).ready).toBe(true);
  });
});

describe("an installation is not ready", () => {
  const ready = { configMaps: [desired({ s: {} }), status({ s: running })] };
  const wrong: [string, Partial<Snapshot>, string, string][] = [
    ["before iotedged is there", { deployments: [] }, "iotedged", "Deployment iotedged does not exist"],
    [
      "while an old pod of iotedged is there",
      { deployments: [deployment("iotedged", { replicas: 2 })] },
      "iotedged",
      "Deployment iotedged has 1 of 1 pods available",
    ],
    [
      "before the controller has seen the newest template",
      { deployments: [deployment("iotedged", { observedGeneration: 1 })] },
      "iotedged",
      "Deployment iotedged has 1 of 1 pods available",
    ],
    [
      "while a quota keeps pods from being made",
      {
        deployments: [
          deployment("iotedged", {
            availableReplicas: 0,
            conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }],
          }),
        ],
      },
      "iotedged",
      "Deployment iotedged has 0 of 1 pods available; exceeded quota",
    ],
    ["before a module is deployed", { deployments: daemons }, "s", "Deployment s does not exist"],
    [
      "while a module fails",
      {
        deployments: [...daemons, deployment("s")],
        configMaps: [
          desired({ s: {} }),
          status({ s: { runtimeStatus: "backoff", statusDescription: "CrashLoopBackOff" } }),
        ],
      },
      "s",
      "CrashLoopBackOff",
    ],
    [
      "before EdgeAgent has reported a module",
      { deployments: [...daemons, deployment("s")], configMaps: [desired({ s: {} }), status({})] },
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
    const state = assess({ deployments: daemons, configMaps: [desired({}), status({}, 400, "modules: wrong")] });
    expect(state).toMatchObject({ ready: false, problem: "EdgeAgent reports 400: modules: wrong" });
  });

  test.each(["{", '{"lastDesiredStatus": 1}', "[]"])("when the status is %s", (text) => {
    const configMaps = [desired({}), configMap("edgeagent-status", "status.json", text)];
    expect(assess({ deployments: daemons, configMaps }).ready).toBe(false);
  });
});

describe("the reason names what the pod waits for", () => {
  const pod = (podStatus: object) =>
    live("Pod", "iotedged-1", {
      metadata: { name: "iotedged-1", uid: "p", labels: { app: "iotedged" } },
      status: podStatus,
    });
  const waiting = (reason: string, message?: string) => ({ name: "proxy", state: { waiting: { reason, message } } });
  const warning = (message: string, time: string, uid = "p") =>
    live("Event", message, {
      type: "Warning",
      reason: "Failed",
      message,
      lastTimestamp: time,
      involvedObject: { uid },
    });
  const reasonOf = (podStatus: object, events: LiveObject[] = []) => {
    const deployments = [deployment("iotedged", { availableReplicas: 0 })];
    return component(assess({ deployments, pods: [pod(podStatus)], events }), "iotedged")?.reason;
  };

  test("an image that cannot be pulled, of an init container too", () => {
    const podStatus = {
      initContainerStatuses: [waiting("ImagePullBackOff", "Back-off\n pulling image")],
      containerStatuses: [waiting("PodInitializing")],
    };
    expect(reasonOf(podStatus)).toContain("pod iotedged-1: container proxy: ImagePullBackOff: Back-off pulling image");
  });

  test("a node that does not fit", () => {
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" };
    expect(reasonOf({ conditions: [condition] })).toContain("Unschedulable: 0/1 nodes");
  });

  test("a container that ended", () => {
    const terminated = { reason: "Error", exitCode: 3 };
    expect(reasonOf({ containerStatuses: [{ name: "c", state: { terminated } }] })).toContain(
      "c ended: Error (exit code 3)",
    );
  });

  test("else the last warning about this pod", () => {
    const events = [
      warning("old", "2026-01-01T00:00:00Z"),
      warning("mount failed", "2026-01-01T00:00:09Z"),
      warning("of another pod", "2026-01-01T00:00:10Z", "other"),
    ];
    expect(reasonOf({ containerStatuses: [waiting("ContainerCreating")] }, events)).toContain("Failed: mount failed");
  });
});
