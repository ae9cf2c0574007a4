import type { V1Container } from "@kubernetes/client-node";
import fc from "fast-check";
import { expect, it } from "vitest";
import { moduleObjectName, objectNames, tokenAudience } from "#contract";
import { installation, manifestText } from "../../../test/fakes/edge-installation.ts";
import { identityVariables } from "../../manifest/environment.ts";
import type { Module } from "../../manifest/manifest.ts";
import { parseManifest } from "../../manifest/parse-manifest.ts";
import { deploymentOf } from "./deployment.ts";
import { servicesOf } from "./service.ts";

/** Texts that mean something to some field, good and evil. */
const word = fc.constantFrom(
  ...[
    "host",
    "/",
    "/data",
    "/tmp",
    "/var/run/docker.sock:/s",
    "data:/data",
    "data",
    "iotedge-token",
    "v",
    "..",
    "root",
  ],
  ...["0", "0:0", "1000", "80/tcp", "35001/tcp", "CMD", "true", "NET_BIND_SERVICE", "SYS_ADMIN", "ALL", "Unconfined"],
  ...["seccomp=unconfined", "no-new-privileges", "Recreate", "RollingUpdate", "LoadBalancer", "default", "edgeagent"],
  ...["bind", "volume", "tmpfs", "A=1", "plc:192.0.2.1", "64m", "Memory", "kernel.msgmax", "$(IOTEDGE_MODULEID)"],
  ...Object.values(objectNames),
);
const leaf = fc.oneof(word, fc.integer({ min: -1, max: 70_000 }), fc.boolean(), fc.constant(null));
const reference = fc.record({ name: word, key: word }, { requiredKeys: [] });
const source = fc.oneof(
  fc.record({ hostPath: fc.record({ path: word }) }),
  fc.record({ secret: fc.record({ secretName: word }) }),
  fc.record({ configMap: fc.record({ name: word }) }),
  fc.record({ emptyDir: fc.constant({}) }),
  fc.record({ persistentVolumeClaim: fc.record({ claimName: word }) }),
  fc.record({
    projected: fc.constant({ sources: [{ serviceAccountToken: { audience: "iotedge:edge-a/plant-7", path: "t" } }] }),
  }),
);
const volume = fc.record({
  volume: fc.tuple(word, source).map(([name, from]) => ({ name, ...from })),
  volumeMounts: fc.array(fc.record({ mountPath: word, mountPropagation: word }, { requiredKeys: ["mountPath"] }), {
    maxLength: 2,
  }),
});
const mount = fc.record({ Type: word, Source: word, Target: word }, { requiredKeys: [] });
const list = <T>(items: fc.Arbitrary<T>) => fc.array(items, { maxLength: 2 });
const optional = { requiredKeys: [] };
const hostConfig = fc.record(
  {
    ...{ Privileged: leaf, NetworkMode: word, PidMode: word, IpcMode: word, UTSMode: word, UsernsMode: word },
    ...{ Binds: list(word), Mounts: list(mount), Devices: list(leaf), CapAdd: list(word), SecurityOpt: list(word) },
    ...{ ReadonlyRootfs: leaf, Tmpfs: fc.dictionary(word, word, { maxKeys: 2 }), ShmSize: leaf, Memory: leaf },
    ...{ GroupAdd: list(leaf), Sysctls: fc.dictionary(word, word, { maxKeys: 1 }), ExtraHosts: list(word) },
    PortBindings: fc.dictionary(word, list(fc.record({ HostPort: leaf }, optional)), { maxKeys: 2 }),
  },
  optional,
);
const security = fc.record(
  { runAsUser: leaf, runAsNonRoot: leaf, privileged: leaf, fsGroup: leaf, seccompProfile: fc.record({ type: word }) },
  optional,
);
const experimental = fc.record(
  {
    ...{ volumes: list(volume), securityContext: security, nodeSelector: fc.dictionary(word, word, { maxKeys: 1 }) },
    ...{
      strategy: fc.record({ type: word }),
      serviceOptions: fc.record({ type: word, externalIPs: list(word) }, optional),
    },
    ...{ hostNetwork: leaf, serviceAccountName: word, automountServiceAccountToken: leaf },
  },
  optional,
);
const extensions = fc.record(
  { annotations: fc.dictionary(word, word, { maxKeys: 2 }), replicas: leaf, stateless: leaf, priorityClassName: word },
  optional,
);
const createOptions = fc.record(
  {
    ...{ HostConfig: hostConfig, User: word, Entrypoint: list(word), Cmd: list(word), Env: list(word), Tty: leaf },
    ...{
      Labels: fc.dictionary(word, word, { maxKeys: 2 }),
      Volumes: fc.dictionary(word, fc.constant({}), { maxKeys: 1 }),
    },
    ...{ "k8s-experimental": experimental, "k8s-extensions": extensions, Healthcheck: fc.record({ Test: list(word) }) },
  },
  optional,
);
const name = fc.oneof(word, fc.constantFrom("PASSWORD", ...identityVariables));
const variable = fc.oneof(
  fc.record({ value: leaf }),
  fc.record({
    valueFrom: fc.record({ secretKeyRef: reference, configMapKeyRef: reference, fieldRef: reference }, optional),
  }),
);
const module = fc.record({
  env: fc.dictionary(name, variable, { maxKeys: 2 }),
  settings: fc.record({ image: fc.constant("i:1"), createOptions }),
});

const secretsOfOurs = [objectNames.workloadCa, objectNames.identity];

it("no accepted manifest gives a module more than a pod of the restricted standard, or anything of iotedged's", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom("sensor", "default", "edgeagent", "proxy"), module, (id, entry) => {
      const modules = withoutRefused({ [id]: entry });
      accepted += modules.length;
      for (const one of modules) expectSafe(one);
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(300);
}, 60_000);

/** The modules once every field that was refused is taken out, one by one: what is left is at the border. */
function withoutRefused(modules: object): readonly Module[] {
  const document = JSON.parse(manifestText(modules));
  const desired = document.modulesContent.$edgeAgent["properties.desired"];
  for (let attempt = 0; attempt < 200; attempt++) {
    const parsed = parseManifest(JSON.stringify(document));
    if (parsed.ok) return parsed.manifest.modules;
    takeOut(desired, parsed.errors[0]?.path ?? "");
  }
  return [];
}

const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** Deletes the field at `path`, or what would hold it. */
function takeOut(root: object, path: string): void {
  const keys = [...path.matchAll(step)].map(([, word, index, quoted]) => word ?? index ?? JSON.parse(quoted ?? '""'));
  let holder = root as Record<string, unknown>;
  let last = { holder, key: keys[0] };
  for (const key of keys) {
    if (typeof holder !== "object" || holder === null || !(key in holder)) break;
    last = { holder, key };
    holder = holder[key] as Record<string, unknown>;
  }
  if (Array.isArray(last.holder)) last.holder.splice(Number(last.key), 1);
  else delete last.holder[last.key];
}

function expectSafe(module: Module): void {
  const deployment = deploymentOf(module, installation, "generation-1");
  const pod = deployment.spec?.template.spec;
  if (pod === undefined) throw new Error("no pod");
  const [container] = pod.containers;
  if (container === undefined || pod.containers.length !== 1) throw new Error("not one container");
  expect(pod).not.toHaveProperty("hostNetwork");
  expect(pod).not.toHaveProperty("hostPID");
  expect(pod).not.toHaveProperty("hostIPC");
  expect(pod.serviceAccountName).toBe(moduleObjectName(module.id));
  expect([objectNames.iotedged, objectNames.edgeAgent, "default"]).not.toContain(pod.serviceAccountName);
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expectConfined(container);
  expectOwnVolumesAtProxyOnly(pod, container);
  for (const { spec = {} } of servicesOf(module, installation)) expect(Object.keys(spec)).not.toContain("externalIPs");
}

function expectConfined({ securityContext, env = [] }: V1Container): void {
  const { capabilities, privileged, allowPrivilegeEscalation, runAsUser = 0 } = securityContext ?? {};
  expect({ privileged, allowPrivilegeEscalation }).toEqual({ privileged: false, allowPrivilegeEscalation: false });
  expect(capabilities?.drop).toEqual(["ALL"]);
  expect((capabilities?.add ?? []).filter((added) => added !== "NET_BIND_SERVICE")).toEqual([]);
  expect(runAsUser).toBeGreaterThan(0);
  for (const { name, valueFrom } of env) {
    expect(Object.keys(valueFrom ?? {}).filter((key) => !/^(secret|configMap)KeyRef$/.test(key))).toEqual([]);
    expect(secretsOfOurs).not.toContain(valueFrom?.secretKeyRef?.name);
    if ((identityVariables as readonly string[]).includes(name)) expect(valueFrom).toBeUndefined();
  }
}

type Pod = NonNullable<NonNullable<ReturnType<typeof deploymentOf>["spec"]>["template"]["spec"]>;

function expectOwnVolumesAtProxyOnly({ volumes = [] }: Pod, { volumeMounts = [] }: V1Container): void {
  const names = volumes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const mounted = new Set(volumeMounts.map(({ name }) => name));
  const tokens = volumes.filter(({ projected }) => projected !== undefined);
  expect(JSON.stringify(tokens)).toContain(tokenAudience(installation.identity.installation));
  expect(tokens).toHaveLength(1);
  for (const { name } of tokens) expect(mounted).not.toContain(name);
  for (const { secret, hostPath, csi, ephemeral } of volumes) {
    expect([hostPath, csi, ephemeral]).toEqual([undefined, undefined, undefined]);
    expect(secretsOfOurs).not.toContain(secret?.secretName);
  }
  for (const { mountPropagation, mountPath } of volumeMounts) {
    expect(mountPropagation).toBeUndefined();
    expect(mountPath).toMatch(/^\//);
  }
}
