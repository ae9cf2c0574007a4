import { afterEach, describe, expect, inject, it } from "vitest";
import { defaultModuleSettings, edgeAgentRulesOf, type ModuleSettings, objectNames } from "#contract";
import {
  configMaps,
  deployments,
  events,
  type Job,
  jobs,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  type Secret,
  secrets,
} from "../../runtime/shared/kubernetes/kinds.ts";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { waitFor } from "../support/wait-for.ts";
import { createInstallation, type Installation } from "./edge-agent/installation.ts";

const image = "registry.example.com/sample:1.0";
const everything: ModuleSettings = {
  policy: { ...defaultModuleSettings.policy, hostNetwork: true, root: true, hostPorts: ["80"] },
  volumes: { create: true, size: "1Gi", accessMode: "ReadWriteOnce", deletion: "delete" },
  jobs: true,
  registryCredentials: true,
  closedSecrets: [],
};
const registryCredentials = { example: { address: "registry.example.com", username: "robot", password: "canary-7" } };

const manifestOf = (modules: object, credentials: object = {}) => ({
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: { registryCredentials: credentials } },
        modules,
      },
    },
  },
});
const withOptions = (createOptions: object, more: object = {}) => ({ ...more, settings: { image, createOptions } });
const task = (env: object = {}) => ({ restartPolicy: "never", env, settings: { image } });

let installation: Installation;
let running: Awaited<ReturnType<Installation["startAgent"]>> | undefined;

async function start(manifest: object, modules: ModuleSettings, level = "restricted"): Promise<void> {
  installation = await createInstallation(manifest, { modules, level });
  running = await installation.startAgent();
}
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await installation.remove();
});

const found = <T>(what: string, probe: () => Promise<T | undefined>) => waitFor(what, probe, 30);
const jobOf = () => installation.admin.get(jobs, "task");

/** Writes a status as a controller or a kubelet would. */
async function setStatus(object: Job | Pod, status: object): Promise<void> {
  const path = object.kind === "Pod" ? "api/v1" : "apis/batch/v1";
  const plural = object.kind === "Pod" ? "pods" : "jobs";
  await installation.call(
    "patch",
    `/${path}/namespaces/${installation.namespace}/${plural}/${object.metadata.name}/status`,
    {
      status,
    },
  );
}

/** The pod's containers have ended: the module with `exitCode`, and the sidecar after it. */
async function ended(pod: Pod, exitCode: number): Promise<void> {
  const terminated = { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt: null, finishedAt: null };
  const status = (name: string) => ({ name, image, imageID: "", ready: false, restartCount: 0, state: { terminated } });
  await setStatus(pod, {
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    containerStatuses: [status("task")],
    initContainerStatuses: [{ ...status("proxy"), state: { terminated: { ...terminated, exitCode: 0 } } }],
  });
}

describe("a module that runs to its end, on a real API server", () => {
  const podOfTask = () =>
    found("the task's pod", async () => (await installation.admin.list(pods, { labelSelector: "job-name=task" }))[0]);

  it("runs once, is reported, and runs again only when its entry changes", async () => {
    await start(manifestOf({ task: task() }), defaultModuleSettings);
    await ended(await podOfTask(), 0);
    const { modules } = await installation.reported((status) => status.modules?.task?.runtimeStatus === "stopped");
    expect(modules.task).toMatchObject({ restartPolicy: "never", exitCode: 0, status: "running" });
    await found("the Job's end", async () => ((await jobOf())?.status?.succeeded === 1 ? true : undefined));
    const first = await jobOf();
    running?.agent.settingsChanged();
    await installation.setManifest(manifestOf({ task: task(), other: { settings: { image } } }));
    await found("the other module", () => installation.admin.get(deployments, "other"));
    expect((await jobOf())?.metadata.uid).toBe(first?.metadata.uid);
    await installation.setManifest(manifestOf({ task: task({ A: { value: "1" } }) }));
    await found("another Job", async () =>
      (await jobOf())?.metadata.uid !== first?.metadata.uid ? jobOf() : undefined,
    );
  });

  it("is not started again when it fails and never is", async () => {
    await start(manifestOf({ task: task() }), defaultModuleSettings);
    await ended(await podOfTask(), 3);
    const { modules } = await installation.reported((status) => status.modules?.task?.runtimeStatus === "failed");
    expect(modules.task.exitCode).toBe(3);
    await found("the Job's end", async () => ((await jobOf())?.status?.failed === 1 ? true : undefined));
    expect(await installation.admin.list(pods)).toHaveLength(1);
  });

  it("is stopped and started, and becomes a Deployment and a Job again", async () => {
    await start(manifestOf({ task: { ...task(), status: "stopped" } }), defaultModuleSettings);
    await installation.reported((status) => status.modules?.task?.runtimeStatus === "stopped");
    expect(await installation.admin.list(pods)).toEqual([]);
    await installation.setManifest(manifestOf({ task: task() }));
    await podOfTask();
    await installation.setManifest(manifestOf({ task: { settings: { image } } }));
    await found("the Deployment", () => installation.admin.get(deployments, "task"));
    expect(await jobOf()).toBeUndefined();
    await installation.setManifest(manifestOf({ task: task() }));
    await found("the Job", jobOf);
    expect(await installation.admin.get(deployments, "task")).toBeUndefined();
  });

  it("is no Deployment while its Job is left from before Jobs were turned off", async () => {
    await start(manifestOf({ task: task() }), defaultModuleSettings);
    await podOfTask();
    await running?.stop();
    running = await installation.startAgent({ modules: { ...defaultModuleSettings, jobs: false } });
    const { modules } = await installation.reported((status) => /may not delete/.test(JSON.stringify(status)));
    expect(modules.task.statusDescription).toContain("Job task, which EdgeAgent may not delete");
    expect(await installation.admin.get(deployments, "task")).toBeUndefined();
    const path = `/apis/batch/v1/namespaces/${installation.namespace}/jobs/task`;
    await installation.call("delete", path, { propagationPolicy: "Background" });
    await found("the Deployment", () => installation.admin.get(deployments, "task"));
  });
});

describe("claims, on a real API server", () => {
  const claim = (name: string) => installation.admin.get(persistentVolumeClaims, name);
  const broker = (size: string) =>
    withOptions({ HostConfig: { Binds: ["data:/data"] }, "k8s-extensions": { volumeClaims: { data: { size } } } });
  const retaining = { ...everything, volumes: { ...everything.volumes, deletion: "retain" } } as const;

  it("are made, outlive their module, and are not owned by the installation", async () => {
    await start(manifestOf({ broker: broker("2Gi") }), retaining);
    const made = await found("the claim", () => claim("data"));
    expect(made.spec).toMatchObject({ accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } });
    expect(made.metadata.ownerReferences).toBeUndefined();
    await installation.setManifest(manifestOf({ broker: broker("1Gi") }));
    await installation.reported(({ lastDesiredVersion }) => lastDesiredVersion > 0);
    await installation.setManifest(manifestOf({}));
    await found("removal", async () => ((await installation.admin.list(deployments)).length === 0 ? true : undefined));
    expect((await claim("data"))?.metadata).toMatchObject({ uid: made.metadata.uid });
    expect((await claim("data"))?.spec?.resources?.requests?.storage).toBe("2Gi");
  });

  it("go with their module only when told so, and never when somebody else made them", async () => {
    installation = await createInstallation(manifestOf({}), { modules: everything });
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
    const foreign = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "foreign" }, spec };
    await installation.admin.apply(foreign as PersistentVolumeClaim);
    const Binds = ["data:/data", "foreign:/foreign"];
    await installation.setManifest(manifestOf({ broker: withOptions({ HostConfig: { Binds } }) }));
    running = await installation.startAgent();
    expect((await found("the claim", () => claim("data"))).metadata.ownerReferences).toHaveLength(1);
    await installation.setManifest(manifestOf({}));
    await found("the claim's end", async () => ((await claim("data")) === undefined ? true : undefined));
    expect((await claim("foreign"))?.spec?.resources?.requests?.storage).toBe("1Mi");
    await found("the Events", async () => {
      const reasons = (await installation.admin.list(events)).map(({ reason }) => reason);
      return (reasons.includes("ClaimCreated") && reasons.includes("ClaimRemoved")) || undefined;
    });
  });
});

describe("registry credentials, on a real API server", () => {
  it("are in the pull Secret alone, and go with it", async () => {
    await start(manifestOf({ sensor: { settings: { image } } }, registryCredentials), everything);
    const secret = () => installation.admin.get<Secret>(secrets, objectNames.registryCredentials);
    expect((await found("the Secret", secret)).type).toBe("kubernetes.io/dockerconfigjson");
    const deployment = await found("the module", () => installation.admin.get(deployments, "sensor"));
    expect(deployment.spec?.template.spec?.imagePullSecrets).toEqual([{ name: objectNames.registryCredentials }]);
    const status = await installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 200);
    const others = (await installation.admin.list(configMaps)).filter(
      ({ metadata }) => metadata.name !== objectNames.deployment,
    );
    const told = [status, others, await installation.admin.list(events), deployment, running?.log];
    expect(JSON.stringify(told)).not.toContain("canary-7");
    await installation.setManifest(manifestOf({ sensor: { settings: { image } } }));
    await found("the Secret's end", async () => ((await secret()) === undefined ? true : undefined));
  });
});

describe("a policy, on a real API server", () => {
  it("lets a module into the node's network and out of it again, without a trace", async () => {
    const ports = { "80/tcp": {} };
    const open = withOptions({ ExposedPorts: ports, User: "root", HostConfig: { NetworkMode: "host" } });
    const template = async () => (await installation.admin.get(deployments, "sensor"))?.spec?.template.spec;
    await start(manifestOf({ sensor: withOptions({ ExposedPorts: ports }) }), everything, "privileged");
    const closed = await found("the module", template);
    await installation.setManifest(manifestOf({ sensor: open }));
    await found("the open module", async () => ((await template())?.hostNetwork ? true : undefined));
    const { modules } = await installation.reported(({ modules }) =>
      modules?.sensor?.relaxedSecurity?.includes("network of the node"),
    );
    expect(modules.sensor.relaxedSecurity).toEqual(["network of the node", "root", "capability NET_BIND_SERVICE"]);
    await installation.setManifest(manifestOf({ sensor: withOptions({ ExposedPorts: ports }) }));
    await found("the closed module", async () => ((await template())?.hostNetwork ? undefined : true));
    expect(await template()).toEqual(closed);
  });
});

describe("EdgeAgent's Role with every feature", () => {
  it("is used as a whole, and is enough", async () => {
    const busy = {
      task: task(),
      broker: withOptions({ HostConfig: { Binds: ["data:/data"] }, ExposedPorts: { "80/tcp": {} } }),
    };
    await start(manifestOf(busy, registryCredentials), everything);
    await found("the task", jobOf);
    await found("the status", () => installation.reported(({ lastDesiredStatus }) => lastDesiredStatus?.code === 200));
    await installation.setManifest(manifestOf({}));
    await found("removal", async () => ((await jobOf()) === undefined ? true : undefined));
    const claims = async () => (await installation.admin.list(persistentVolumeClaims)).length;
    await found("removal", async () => ((await claims()) === 0 ? true : undefined));
    await running?.stop();
    running = undefined;
    const user = `system:serviceaccount:${installation.namespace}:${objectNames.edgeAgent}`;
    const own = async () => (await readAudit(inject("auditLog"))).filter((event) => event.user.username === user);
    await waitFor(
      "use of every right",
      async () => {
        const used = await own();
        const unused = permissionsOf(edgeAgentRulesOf(everything, 1)).filter(
          (right) => !used.some((event) => uses(event, right)),
        );
        if (unused.length > 0) throw new Error(JSON.stringify(unused));
        return true;
      },
      20,
    );
    expect((await own()).filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  });
});
