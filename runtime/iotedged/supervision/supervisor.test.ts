import { beforeEach, describe, expect, it } from "vitest";
import {
  type AgentSettings,
  annotations,
  defaultModuleSettings,
  type IotedgedSettings,
  mountPaths,
  objectNames,
} from "#contract";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { type FakeInformer, FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { iotedgedSettings } from "../../../test/fakes/settings.ts";
import { createEventRecorder } from "../../shared/event-recorder.ts";
import { type Deployment, deployments, events } from "../../shared/kubernetes/kinds.ts";
import { createLogger } from "../../shared/logger.ts";
import { withDesiredHash } from "../../shared/reconcile/desired-hash.ts";
import { createMetrics } from "../metrics.ts";
import { edgeAgentDeployment } from "./edge-agent-deployment.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

const container = (image: string) => ({
  image,
  imagePullPolicy: "IfNotPresent" as const,
  resources: { requests: { cpu: "10m" } },
});
const identity: IotedgedSettings = { ...iotedgedSettings, installation: { name: "a", namespace: "edge-a" } };
const owner = { apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: "owner" };

let clock: FakeClock;
let store: FakeObjectStore;
let informer: FakeInformer<Deployment>;
let settings: AgentSettings;
let lines: string[];
let leads: boolean;
let supervisor: Supervisor;

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeObjectStore("edge-a");
  informer = store.informer(deployments);
  settings = {
    enabled: true,
    replicas: 1,
    edgeAgent: container("registry/edge-agent:1"),
    proxy: container("registry/proxy:1"),
    imagePullSecrets: ["pull"],
    modules: defaultModuleSettings,
    logLevel: "info",
  };
  lines = [];
  leads = true;
});

const source = () => ({ identity, settings, owner, generationId: "gen-1" });
const live = () => store.select(deployments)[0];
const told = () => store.select(events).map(({ reason }) => reason);
const writes = () => store.writes.filter(({ kind }) => kind === "Deployment").map(({ verb }) => verb);

function supervise(desired: () => Deployment | undefined = () => edgeAgentDeployment(source())): Supervisor {
  const log = createLogger({ component: "t", level: "info", destination: { write: (line) => void lines.push(line) } });
  supervisor = createSupervisor({
    leads: () => leads,
    settings: () => settings,
    desired,
    informer,
    store,
    events: createEventRecorder({ store, controller: "c", instance: "i", clock, log }),
    clock,
    random: () => 0.99,
    metrics: createMetrics(),
    log,
  });
  return supervisor;
}

async function started(): Promise<Deployment> {
  supervise();
  await clock.advance(1000);
  return live() as Deployment;
}

/** Somebody else's change of the Deployment. */
function meddle(change: (deployment: Deployment) => void): void {
  const deployment = live() as Deployment;
  change(deployment);
  store.put(deployment);
}

describe("Deployment edgeagent", () => {
  it("is made at once and then left alone", async () => {
    await started();
    await clock.advance(3_600_000);
    expect(writes()).toEqual(["apply"]);
    expect(told()).toEqual(["EdgeAgentStarted"]);
  });

  it("runs where the installation wants it", async () => {
    const placement = { nodeSelector: { site: "line-1" }, tolerations: [{ key: "line" }], priorityClassName: "edge" };
    settings = { ...settings, edgeAgent: { ...settings.edgeAgent, placement } };
    expect((await started()).spec?.template.spec).toMatchObject(placement);
  });

  it("names no user and no group where the platform assigns them", async () => {
    settings = { ...settings, assignedUsers: true };
    expect((await started()).spec?.template.spec?.securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("is not written by an iotedged that starts anew and finds it as it should be", async () => {
    await started();
    await supervisor.stop();
    supervise();
    await clock.advance(120_000);
    expect(writes()).toEqual(["apply"]);
  });

  it("is not taken for drifted because the API server fills in defaults and spells quantities in its own way", async () => {
    await started();
    const put = store.apply.bind(store);
    store.apply = async (object) => {
      const answer = structuredClone(await put(object)) as unknown as Deployment;
      const template = answer.spec?.template.spec;
      if (template?.containers[0]) template.containers[0].terminationMessagePath = "/dev/termination-log";
      return store.put(answer) as never;
    };
    settings = { ...settings, edgeAgent: { ...settings.edgeAgent, resources: { limits: { cpu: "0.5" } } } };
    supervisor.trigger();
    await clock.advance(120_000);
    expect(writes()).toEqual(["apply", "apply"]);
  });

  it("is restored at once when it is deleted", async () => {
    await started();
    store.take("Deployment", objectNames.edgeAgent);
    await clock.advance(1000);
    expect(live()?.metadata.name).toBe("edgeagent");
    expect(told()).toEqual(["EdgeAgentStarted", "EdgeAgentRepaired"]);
  });

  it.each<[string, (deployment: Deployment) => void]>([
    [
      "its image",
      (one) => {
        if (one.spec?.template.spec?.containers[0]) one.spec.template.spec.containers[0].image = "evil";
      },
    ],
    [
      "its replicas",
      (one) => {
        if (one.spec) one.spec.replicas = 0;
      },
    ],
    [
      "its owner",
      (one) => {
        one.metadata.ownerReferences = [];
      },
    ],
    [
      "a label",
      (one) => {
        one.metadata.labels = {};
      },
    ],
    [
      "its account",
      (one) => {
        if (one.spec?.template.spec) one.spec.template.spec.serviceAccountName = "iotedged";
      },
    ],
  ])("is restored at once when somebody changes %s", async (_what, change) => {
    const before = await started();
    meddle(change);
    await clock.advance(1000);
    expect(live()?.spec).toEqual(before.spec);
    expect(live()?.metadata.labels).toEqual(before.metadata.labels);
    expect(live()?.metadata.ownerReferences).toEqual(before.metadata.ownerReferences);
    expect(told()).toContain("EdgeAgentRepaired");
  });

  it("is restored more and more slowly when somebody keeps changing it", async () => {
    await started();
    for (let second = 0; second < 60; second++) {
      meddle((one) => {
        if (one.spec) one.spec.replicas = 5;
      });
      await clock.advance(1000);
    }
    expect(writes().length).toBeLessThan(8);
    await clock.advance(120_000);
    expect(live()?.spec?.replicas).toBe(1);
  });

  it("follows the settings", async () => {
    await started();
    settings = { ...settings, edgeAgent: container("registry/edge-agent:2") };
    supervisor.trigger();
    await clock.advance(1000);
    expect(live()?.spec?.template.spec?.containers[0]?.image).toBe("registry/edge-agent:2");
    expect(told()).toEqual(["EdgeAgentStarted", "EdgeAgentChanged"]);
  });

  it("is removed when it is turned off, and comes back", async () => {
    await started();
    settings = { ...settings, enabled: false };
    supervisor.trigger();
    await clock.advance(120_000);
    expect(live()).toBeUndefined();
    expect(writes()).toEqual(["apply", "remove"]);
    settings = { ...settings, enabled: true };
    supervisor.trigger();
    await clock.advance(1000);
    expect(live()).toBeDefined();
    expect(told()).toEqual(["EdgeAgentStarted", "EdgeAgentRemoved"]);
  });

  it.each([
    ["wrote it before", async () => {}],
    [
      "found it as it should be",
      async () => {
        await supervisor.stop();
        supervise();
        await clock.advance(1000);
      },
    ],
  ])("is not fought over with a replica that has other settings, by an iotedged that %s", async (_what, restart) => {
    await started();
    await restart();
    const other = edgeAgentDeployment({ ...source(), settings: { ...settings, logLevel: "debug" } });
    other.metadata.annotations = { ...other.metadata.annotations, [annotations.desiredHash]: "another" };
    meddle((one) => Object.assign(one, { spec: other.spec, metadata: { ...one.metadata, ...other.metadata } }));
    await clock.advance(89_000);
    expect(writes()).toEqual(["apply"]);
    await clock.advance(3000);
    expect(writes()).toEqual(["apply", "apply"]);
  });

  it("is taken over at once by an iotedged that has just started", async () => {
    await started();
    await supervisor.stop();
    settings = { ...settings, logLevel: "debug" };
    supervise();
    await clock.advance(1000);
    expect(writes()).toEqual(["apply", "apply"]);
  });

  it("is not written twice because the informer lags behind", async () => {
    informer.freeze();
    supervise();
    await clock.advance(4000);
    expect(writes()).toEqual(["apply"]);
    informer.thaw();
    await clock.advance(60_000);
    expect(writes()).toEqual(["apply"]);
  });

  it("waits while it is being deleted, and until all that it is made from is there", async () => {
    await started();
    meddle((one) => {
      one.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    });
    await clock.advance(120_000);
    expect(writes()).toEqual(["apply"]);
    await supervisor.stop();
    store.take("Deployment", "edgeagent");
    supervise(() => undefined);
    await clock.advance(120_000);
    expect(writes()).toEqual(["apply"]);
  });

  it("is tried again after an error", async () => {
    store.failNext(new Error("no connection"));
    await started();
    expect(lines.join()).toContain("no connection");
    await clock.advance(5000);
    expect(live()).toBeDefined();
  });
});

describe("a replica that does not lead", () => {
  const standBy = async () => {
    leads = false;
    supervise();
    await clock.advance(1000);
  };
  const lead = async () => {
    leads = true;
    supervisor.trigger();
    await clock.advance(1000);
  };

  it("writes nothing, and starts EdgeAgent when it comes to lead", async () => {
    await standBy();
    await clock.advance(120_000);
    expect(writes()).toEqual([]);
    await lead();
    expect(writes()).toEqual(["apply"]);
  });

  it("does not undo that the leader turned EdgeAgent off, should it lead before its own settings say so", async () => {
    store.put(withDesiredHash(edgeAgentDeployment(source())));
    await standBy();
    store.take("Deployment", objectNames.edgeAgent);
    await clock.advance(1000);
    await lead();
    await clock.advance(60_000);
    expect(writes()).toEqual([]);
    settings = { ...settings, enabled: false };
    supervisor.trigger();
    await clock.advance(120_000);
    expect(writes()).toEqual([]);
  });

  it("does not undo that the leader turned EdgeAgent on, should it lead before its own settings say so", async () => {
    settings = { ...settings, enabled: false };
    await standBy();
    settings = { ...settings, enabled: true };
    const theirs = withDesiredHash(edgeAgentDeployment(source()));
    settings = { ...settings, enabled: false };
    store.put(theirs);
    await clock.advance(1000);
    await lead();
    await clock.advance(60_000);
    settings = { ...settings, enabled: true };
    supervisor.trigger();
    await clock.advance(120_000);
    expect(writes()).toEqual([]);
  });

  it("restores what was deleted while nobody led, a while after it came to lead", async () => {
    store.put(withDesiredHash(edgeAgentDeployment(source())));
    await standBy();
    store.take("Deployment", objectNames.edgeAgent);
    await clock.advance(1000);
    await lead();
    await clock.advance(91_000);
    expect(writes()).toEqual(["apply"]);
  });
});

describe("the pod of EdgeAgent", () => {
  const pod = () => edgeAgentDeployment(source()).spec?.template.spec;

  it("gives the API server's token to EdgeAgent alone, and the module's token to the proxy alone", () => {
    const mounts = [...(pod()?.containers ?? []), ...(pod()?.initContainers ?? [])].flatMap(
      ({ name, volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => `${name} ${mountPath}`),
    );
    expect(mounts.filter((mount) => mount.includes(mountPaths.kubernetesToken))).toEqual([
      `edgeagent ${mountPaths.kubernetesToken}`,
    ]);
    expect(mounts.filter((mount) => mount.endsWith(mountPaths.moduleToken))).toEqual([
      `proxy ${mountPaths.moduleToken}`,
    ]);
    expect(pod()?.automountServiceAccountToken).toBe(false);
  });

  it("mounts only volumes that it has", () => {
    const names = pod()?.volumes?.map(({ name }) => name) ?? [];
    const mounted = [...(pod()?.containers ?? []), ...(pod()?.initContainers ?? [])].flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    );
    expect(new Set(mounted)).toEqual(new Set(names));
  });

  it("starts anew when settings change that EdgeAgent reads", () => {
    const hash = (change: Partial<AgentSettings>) =>
      edgeAgentDeployment({ ...source(), settings: { ...settings, ...change } }).spec?.template.metadata?.annotations?.[
        annotations.configHash
      ];
    expect(hash({})).toBe(hash({}));
    expect(hash({ logLevel: "debug" })).not.toBe(hash({}));
  });

  it("tells EdgeAgent who it is and where iotedged is", () => {
    const environment = Object.fromEntries(pod()?.containers[0]?.env?.map(({ name, value }) => [name, value]) ?? []);
    expect(environment).toMatchObject({
      IOTEDGE_MODULEID: "$edgeAgent",
      IOTEDGE_MODULEGENERATIONID: "gen-1",
      IOTEDGE_MANAGEMENTURI: "http://localhost:35000/",
      IOTEDGE_WORKLOADURI: "http://localhost:35001/",
      IOTEDGE_APIVERSION: "2020-07-07",
    });
  });
});
