import { describe, expect, it } from "vitest";
import { annotations, type ModulePolicy, type ModuleSettings } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import type { Job } from "../../shared/kubernetes/kinds.ts";
import type { Installation } from "./installation.ts";
import { pullSecretOf } from "./pull-secret.ts";
import { relaxationsOf } from "./relaxations.ts";
import { workloadOf } from "./workload.ts";

const image = "registry.example.com/sample:1.0";

function letting(modules: Partial<ModuleSettings>): Installation {
  const { settings } = installation;
  return { ...installation, settings: { ...settings, modules: { ...settings.modules, ...modules } } };
}
const allowing = (policy: Partial<ModulePolicy>) =>
  letting({ policy: { ...installation.settings.modules.policy, ...policy } });

function moduleOf(fields: object, target = installation): Module {
  const module = { settings: { image }, ...fields };
  const parsed = parseManifest(manifestText({ sample: module }), target.settings.modules);
  const [only] = parsed.ok ? parsed.manifest.modules : [];
  if (only === undefined) throw new Error(JSON.stringify(parsed));
  return only;
}
const withOptions = (createOptions: object, target: Installation) =>
  workloadOf(moduleOf({ settings: { image, createOptions } }, target), target, "uid-1");

describe("a module that runs to its end", () => {
  const job = (fields: object, generation = "uid-1", target = installation) =>
    workloadOf(moduleOf(fields), target, generation) as Job;

  it.each([
    ["never", "Never", 0],
    ["on-failure", "OnFailure", 2_147_483_647],
  ])("is a Job with restartPolicy %s", (restartPolicy, expected, backoffLimit) => {
    const { kind, spec } = job({ restartPolicy });
    expect(kind).toBe("Job");
    expect(spec).toMatchObject({ suspend: false, parallelism: 1, completions: 1, backoffLimit });
    expect(spec?.template.spec?.restartPolicy).toBe(expected);
    expect(spec?.template.spec?.initContainers?.[0]?.restartPolicy).toBe("Always");
  });

  it.each(["always", "on-unhealthy"])("is none with restartPolicy %s", (restartPolicy) => {
    expect(workloadOf(moduleOf({ restartPolicy }), installation, "uid-1").kind).toBe("Deployment");
  });

  it("is a Deployment where the installation has no Jobs", () => {
    expect(workloadOf(moduleOf({ restartPolicy: "never" }), letting({ jobs: false }), "uid-1").kind).toBe("Deployment");
  });

  it("does not run while it is stopped", () => {
    expect(job({ restartPolicy: "never", status: "stopped" }).spec?.suspend).toBe(true);
  });

  it("runs again for another entry or identity, and not for other settings", () => {
    const run = (one: Job) => one.metadata.annotations?.[annotations.configHash];
    const first = run(job({ restartPolicy: "never" }));
    const settings = { ...installation.settings, logLevel: "debug" } as const;
    expect(first).toMatch(/^[0-9a-f]{20}$/);
    expect(run(job({ restartPolicy: "never" }, "uid-1", { ...installation, settings }))).toBe(first);
    expect(run(job({ restartPolicy: "never" }, "uid-2"))).not.toBe(first);
    expect(run(job({ restartPolicy: "never", env: { A: { value: "1" } } }))).not.toBe(first);
  });
});

describe("a module that the policy lets out of its namespace", () => {
  it("shares what it asked for, and tells so", () => {
    const HostConfig = { NetworkMode: "host", PidMode: "host", IpcMode: "host", Binds: ["/srv:/s:ro"] };
    const target = allowing({
      ...{ hostNetwork: true, hostPid: true, hostIpc: true },
      hostPaths: [{ pathPrefix: "/srv", readOnly: true }],
      hostPorts: ["80"],
    });
    const workload = withOptions({ HostConfig, ExposedPorts: { "80/tcp": {} } }, target);
    const pod = workload.spec?.template.spec;
    expect(pod).toMatchObject({
      ...{ hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet", hostPID: true, hostIPC: true },
      containers: [{ ports: [{ containerPort: 80, hostPort: 80 }] }],
      initContainers: [{ ports: [{ containerPort: 9601, hostPort: 9601 }] }],
    });
    expect(workload.spec).toMatchObject({ strategy: { type: "Recreate" } });
    expect(relaxationsOf(workload)).toEqual([
      ...["network of the node", "processes of the node", "shared memory of the node"],
      ...["capability NET_BIND_SERVICE", "path /srv of the node"],
    ]);
  });

  it.each<[object, Partial<ModulePolicy>, object, readonly string[]]>([
    [
      { HostConfig: { Privileged: true } },
      { privileged: true },
      { privileged: true, allowPrivilegeEscalation: true, runAsNonRoot: false, readOnlyRootFilesystem: false },
      ["privileged container", "user of the image, root or not", "writable root file system"],
    ],
    [{ User: "1000:0" }, { root: true }, { runAsUser: 1000, runAsGroup: 0, runAsNonRoot: true }, ["group of root"]],
    [{ HostConfig: { GroupAdd: ["0"] } }, { root: true }, { runAsUser: 1000 }, ["group of root"]],
    [{ User: "root" }, { root: true }, { runAsUser: 0, runAsNonRoot: false, privileged: false }, ["root"]],
    [
      { "k8s-experimental": { securityContext: { runAsNonRoot: false } } },
      { root: true },
      { runAsNonRoot: false },
      ["user of the image, root or not"],
    ],
    [
      { HostConfig: { CapAdd: ["SYS_ADMIN"] } },
      { capabilities: ["SYS_ADMIN"] },
      { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] }, privileged: false, allowPrivilegeEscalation: true },
      ["escalation of privileges", "capability SYS_ADMIN"],
    ],
  ])("has %j", (createOptions, policy, security, relaxations) => {
    const workload = withOptions(createOptions, allowing(policy));
    const [container] = workload.spec?.template.spec?.containers ?? [];
    expect(container?.securityContext).toMatchObject(security);
    expect(relaxationsOf(workload)).toEqual(relaxations);
  });

  it("leaves the proxy as it is", () => {
    const plain = workloadOf(moduleOf({}), installation, "uid-1");
    const open = withOptions(
      { User: "root", HostConfig: { Privileged: true } },
      allowing({ root: true, privileged: true }),
    );
    expect(open.spec?.template.spec?.initContainers).toEqual(plain.spec?.template.spec?.initContainers);
  });
});

describe("registry credentials", () => {
  const registries = [{ address: "registry.example.com", username: "robot", password: "hunter2" }];
  const target = { ...installation, credentials: { secretNames: ["acr", "registry"], registries } };

  it("become one pull Secret of the format that the kubelet reads", () => {
    const secret = pullSecretOf(target);
    const text = Buffer.from(secret?.data?.[".dockerconfigjson"] ?? "", "base64").toString();
    expect(secret?.type).toBe("kubernetes.io/dockerconfigjson");
    expect(JSON.parse(text)).toEqual({
      auths: { "registry.example.com": { username: "robot", password: "hunter2", auth: "cm9ib3Q6aHVudGVyMg==" } },
    });
  });

  it("are named by every pod, each Secret once, and shown by none", () => {
    const workload = workloadOf(moduleOf({}), target, "uid-1");
    expect(workload.spec?.template.spec?.imagePullSecrets).toEqual([
      ...[{ name: "registry" }, { name: "acr" }, { name: "edgeagent-registry-credentials" }],
    ]);
    expect(JSON.stringify(workload)).not.toContain("hunter2");
  });

  it("are no Secret of their own where the manifest has none", () => {
    expect(pullSecretOf({ ...target, credentials: { secretNames: ["acr"], registries: [] } })).toBeUndefined();
  });
});
