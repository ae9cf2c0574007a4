import { describe, expect, it } from "vitest";
import { defaultModuleSettings, type ModulePolicy } from "#contract";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/sample:1.0";
const ports = { ExposedPorts: { "443/tcp": {}, "53/udp": {} } };

const opened: Partial<ModulePolicy> = {
  devices: [{ resource: "example.com/gpu" }],
  priorityClasses: ["edge-high"],
  tolerations: ["edge"],
  nodeLabels: ["disk"],
  annotations: ["example.com", "org.example"],
};
const settings = { ...defaultModuleSettings, policy: { ...defaultModuleSettings.policy, ...opened } };

function read(createOptions: object, fields: object = {}) {
  return parseManifest(manifestText({ sample: { ...fields, settings: { image, createOptions } } }), settings);
}

function accepted(createOptions: object, fields: object = {}) {
  const parsed = read(createOptions, fields);
  const [module] = parsed.ok ? parsed.manifest.modules : [];
  if (module === undefined) throw new Error(parsed.ok ? "no module" : parsed.errors.map(describeProblem).join("\n"));
  return module;
}

const refusals = (createOptions: object, fields: object = {}) => {
  const parsed = read(createOptions, fields);
  return parsed.ok ? [] : parsed.errors.map(describeProblem);
};
const volumes = (...list: object[]) => ({ "k8s-experimental": { volumes: list } });
const experimental = (fields: object, more: object = {}) => ({ "k8s-experimental": fields, ...more });
const extensions = (fields: object) => ({ "k8s-extensions": fields });

describe("what becomes part of the container", () => {
  it.each<[string, object, object]>([
    ["Memory", { HostConfig: { Memory: 67108864 } }, { resources: { limits: { memory: "64Mi" } } }],
    ["an odd Memory", { HostConfig: { Memory: "1000000001" } }, { resources: { limits: { memory: "1000000001" } } }],
    [
      "MemoryReservation",
      { HostConfig: { MemoryReservation: 3221225472 } },
      { resources: { requests: { memory: "3Gi" } } },
    ],
    ["NanoCpus", { HostConfig: { NanoCpus: 1500000000 } }, { resources: { limits: { cpu: "1500m" } } }],
    ["CpuQuota", { HostConfig: { CpuQuota: 25000 } }, { resources: { limits: { cpu: "250m" } } }],
    ["CpuPeriod", { HostConfig: { CpuQuota: 25000, CpuPeriod: 50000 } }, { resources: { limits: { cpu: "500m" } } }],
    ["CpuShares", { HostConfig: { CpuShares: 512 } }, { resources: { requests: { cpu: "500m" } } }],
    ["no bound", { HostConfig: { Memory: 0, NanoCpus: 0, CpuQuota: -1, CpuShares: 0 } }, { resources: {} }],
    [
      "resources over HostConfig",
      experimental(
        { resources: { limits: { memory: "1Gi", "example.com/gpu": 1 } } },
        { HostConfig: { Memory: 1024 } },
      ),
      { resources: { limits: { memory: "1Gi", "example.com/gpu": "1" } } },
    ],
    [
      "Healthcheck by words",
      {
        Healthcheck: { Test: ["CMD", "check", "-q"], Interval: 10e9, Timeout: 1500000000, Retries: 5, StartPeriod: 1 },
      },
      {
        healthcheck: {
          command: ["check", "-q"],
          interval: 10,
          timeout: 2,
          retries: 5,
          startPeriod: 1,
          startInterval: 5,
        },
      },
    ],
    [
      "Healthcheck by a line",
      { Healthcheck: { Test: ["CMD-SHELL", "true || false"] } },
      { healthcheck: { command: ["/bin/sh", "-c", "true || false"], interval: 30, timeout: 30, retries: 3 } },
    ],
    ["terminal and input", { Tty: true, OpenStdin: true }, { tty: true, stdin: true }],
    ["a user of the security context", experimental({ securityContext: { runAsUser: 7 } }), { user: { uid: 7 } }],
    [
      "User over it",
      experimental({ securityContext: { runAsUser: 7 } }, { User: "8:9" }),
      { user: { uid: 8, gid: 9 } },
    ],
  ])("%s", (_, createOptions, expected) => {
    expect(accepted(createOptions).container).toMatchObject(expected);
  });

  it.each([["NONE"], []])("no health check out of %j", (...Test) => {
    expect(accepted({ Healthcheck: { Test } }).container.healthcheck).toBeUndefined();
  });
});

describe("what becomes a volume", () => {
  const inMemory = (sizeLimit?: string) => ({ emptyDir: { medium: "Memory", ...(sizeLimit && { sizeLimit }) } });
  const claim = (claimName: string) => ({ persistentVolumeClaim: { claimName } });

  it.each<[string, object, object, object]>([
    ["Tmpfs", { HostConfig: { Tmpfs: { "/run": "rw,noexec,size=64m" } } }, inMemory("64Mi"), { mountPath: "/run" }],
    ["Tmpfs of any size", { HostConfig: { Tmpfs: { "/run/": "" } } }, inMemory(), { mountPath: "/run" }],
    ["ShmSize", { HostConfig: { ShmSize: 268435456 } }, inMemory("256Mi"), { mountPath: "/dev/shm" }],
    [
      "a mount in memory",
      { HostConfig: { Mounts: [{ Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 1024, Mode: 448 } }] } },
      inMemory("1Ki"),
      { mountPath: "/t" },
    ],
    [
      "a volume",
      { HostConfig: { Mounts: [{ Type: "volume", Source: "data", Target: "/d", ReadOnly: true }] } },
      claim("data"),
      { mountPath: "/d", readOnly: true },
    ],
    ["a volume bound by name", { HostConfig: { Binds: ["hub_data:/d:ro,z"] } }, claim("hubdata"), { readOnly: true }],
    [
      "a volume without name",
      { HostConfig: { Mounts: [{ Type: "volume", Target: "/d" }] } },
      { emptyDir: {} },
      { mountPath: "/d" },
    ],
    ["Volumes", { Volumes: { "/d": {} } }, { emptyDir: {} }, { mountPath: "/d" }],
    [
      "a Secret",
      volumes({
        volume: { name: "s", secret: { secretName: "certs", defaultMode: 256 } },
        volumeMounts: [{ name: "s", mountPath: "/s", readOnly: "true" }],
      }),
      { name: "s", secret: { secretName: "certs", defaultMode: 256 } },
      { name: "s", mountPath: "/s", readOnly: true },
    ],
    [
      "a claim by extension",
      volumes({ volume: { name: "p", ...claim("data") }, volumeMounts: [{ mountPath: "/p", subPath: "a/b" }] }),
      { name: "p", ...claim("data") },
      { name: "p", mountPath: "/p", subPath: "a/b" },
    ],
  ])("%s", (_, createOptions, volume, mount) => {
    const { container } = accepted(createOptions);
    expect(container.volumes).toEqual([expect.objectContaining(volume)]);
    expect(container.mounts).toEqual([expect.objectContaining(mount)]);
    expect(container.mounts[0]?.name).toBe(container.volumes[0]?.name);
  });

  it("is one volume for a claim that is mounted twice", () => {
    const { volumes, mounts } = accepted({ HostConfig: { Binds: ["data:/a", "data:/b"] } }).container;
    expect(volumes).toHaveLength(1);
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual(["/a", "/b"]);
  });
});

describe("what becomes part of the pod", () => {
  it.each<[string, object, object]>([
    [
      "Labels",
      { Labels: { maintainer: "me", "Org.Example/Build Number": 7 } },
      { annotations: { maintainer: "me", "org.example/Build-Number": "7" } },
    ],
    ["annotations", extensions({ annotations: { "example.com/a": "b" } }), { annotations: { "example.com/a": "b" } }],
    [
      "ExtraHosts",
      { HostConfig: { ExtraHosts: ["plc:192.0.2.1", "PLC2=192.0.2.1", "six:[2001:db8::1]"] } },
      {
        hostAliases: [
          { ip: "192.0.2.1", hostnames: ["plc", "plc2"] },
          { ip: "2001:db8::1", hostnames: ["six"] },
        ],
      },
    ],
    [
      "DNS settings",
      { HostConfig: { Dns: ["192.0.2.53"], DnsSearch: ["example.com"], DnsOptions: ["ndots:2", "rotate"] } },
      {
        dns: {
          nameservers: ["192.0.2.53"],
          searches: ["example.com"],
          options: [{ name: "ndots", value: "2" }, { name: "rotate" }],
        },
      },
    ],
    ["Hostname and StopTimeout", { Hostname: "plc-1", StopTimeout: 90 }, { hostname: "plc-1", stopTimeout: 90 }],
    [
      "groups and sysctls",
      experimental(
        { securityContext: { fsGroup: 2000, runAsNonRoot: true } },
        { HostConfig: { GroupAdd: ["3000"], Sysctls: { "net.ipv4.tcp_keepalive_time": "60" } } },
      ),
      {
        securityContext: {
          fsGroup: 2000,
          supplementalGroups: [3000],
          sysctls: [{ name: "net.ipv4.tcp_keepalive_time", value: "60" }],
        },
      },
    ],
    ["nodeSelector", experimental({ NodeSelector: { disk: "ssd" } }), { nodeSelector: { disk: "ssd" } }],
    ["strategy", experimental({ strategy: { type: "Recreate" } }), { strategy: { type: "Recreate" } }],
    [
      "scheduling",
      extensions({
        tolerations: [{ key: "edge", operator: "Exists", effect: "NoSchedule" }],
        priorityClassName: "edge-high",
        stateless: true,
        replicas: 3,
      }),
      { priorityClassName: "edge-high", replicas: 3, tolerations: [{ key: "edge" }] },
    ],
    ["nulls as nothing", experimental({ nodeSelector: { a: null } }), { nodeSelector: {} }],
  ])("%s", (_, createOptions, expected) => {
    expect(accepted(createOptions).pod).toMatchObject(expected);
  });
});

it("keeps the names that a module's server certificates may have", () => {
  const serverNames = ["ingest.example.com", "192.0.2.10", "2001:db8::10"];
  expect(accepted(extensions({ serverNames })).serverNames).toEqual(serverNames);
  expect(accepted({}).serverNames).toBeUndefined();
});

describe("what becomes part of the Service", () => {
  const service = (serviceOptions: object, more: object = {}) => ({
    ...ports,
    ...more,
    ...experimental({ serviceOptions }),
  });

  it("is of the wished type, with chosen ports", () => {
    const { type, loadBalancerIP, ports } = accepted(
      service({ type: "LoadBalancer", loadBalancerIP: "192.0.2.9", nodePorts: { "443": 30443, "53/udp": 30053 } }),
    ).service;
    expect({ type, loadBalancerIP }).toEqual({ type: "LoadBalancer", loadBalancerIP: "192.0.2.9" });
    expect(ports.map(({ nodePort }) => nodePort)).toEqual([30053, 30443]);
  });

  it("takes one node port for its one port", () => {
    const only = service({ type: "NodePort", nodePort: 30443 }, { ExposedPorts: { "443": {} } });
    expect(accepted(only).service.ports).toEqual([{ port: 443, protocol: "TCP", target: 443, nodePort: 30443 }]);
  });

  it.each<[object, string]>([
    [{ type: "NodePort", nodePort: 30443 }, "serviceOptions.nodePort: 30443 is for a Service of one port, not of 2"],
    [{ nodePorts: { "443": 30443 } }, "serviceOptions: chooses ports of nodes for type ClusterIP"],
    [{ type: "NodePort", nodePorts: { "80": 30080 } }, '"80" is no port of the module'],
    [{ type: "NodePort", loadBalancerIP: "192.0.2.9" }, "serviceOptions.loadBalancerIP: stands beside type NodePort"],
    [{ type: "ExternalName" }, 'serviceOptions.type: "ExternalName" must be equal to one of'],
    [{ externalIPs: ["192.0.2.9"] }, "serviceOptions.externalIPs: is not a field that a module may set"],
  ])("refuses %j", (serviceOptions, start) => {
    expect(refusals(service(serviceOptions))).toEqual([expect.stringContaining(start)]);
  });
});

describe("what is refused", () => {
  const volume = (source: object, mounts: object[] = []) =>
    volumes({ volume: { name: "v", ...source }, volumeMounts: mounts });

  it.each<[string, object, string]>([
    ["two limits of the CPU", { HostConfig: { NanoCpus: 1, CpuQuota: 1 } }, "CpuQuota: stands beside NanoCpus"],
    ["more reserved than allowed", { HostConfig: { Memory: 1, MemoryReservation: 2 } }, "2 is more than Memory, 1"],
    ["a negative size", { HostConfig: { Memory: -1 } }, "HostConfig.Memory: -1 is not a whole number"],
    ["a health check of no kind", { Healthcheck: { Test: ["true"] } }, 'Healthcheck.Test: ["true"] is no health check'],
    ["a size in words", { HostConfig: { Tmpfs: { "/t": "size=big" } } }, 'Tmpfs["/t"]: "big" is not a size'],
    ["a path of the node", { HostConfig: { Binds: ["C:\\x:/x"] } }, "is a path of Windows"],
    ["the engine's socket", { HostConfig: { Binds: ["/var/run/docker.sock:/s"] } }, "mounts a path of the node"],
    [
      "a named pipe",
      { HostConfig: { Mounts: [{ Type: "npipe", Source: "p", Target: "/p" }] } },
      '"npipe" is not volume',
    ],
    ["a way upwards", { Volumes: { "/a/../b": {} } }, '"/a/../b" is not a path to mount at'],
    ["the kernel's path", { Volumes: { "/proc/x": {} } }, '"/proc/x" is the kernel\'s, and no volume can be there'],
    ["a variable with a zero byte", { Env: ["A=b\0"] }, "holds a zero byte"],
    ["one path for two", { HostConfig: { Binds: ["one:/a", "two:/a/"] } }, '"/a/" is mounted twice'],
    ["hostPath", volume({ hostPath: { path: "/" } }), 'volume.hostPath.path: "/" mounts a path of the node'],
    ["a projected token", volume({ projected: {} }), "volume.projected: is not a field that a module may set"],
    ["a driver", volume({ csi: { driver: "x" } }), "volume.csi: is not a field that a module may set"],
    ["no source", volume({}), "must not have fewer than 2 properties"],
    ["iotedged's CA", volume({ secret: { secretName: "iotedged-workload-ca" } }), "belongs to the installation itself"],
    ["iotedged's key", volume({ secret: { secretName: "iotedged-identity" } }), "belongs to the installation itself"],
    ["the manifest", volume({ configMap: { name: "edgeagent-deployment" } }), "belongs to the installation itself"],
    [
      "propagation",
      volume({ emptyDir: {} }, [{ mountPath: "/a", mountPropagation: "Bidirectional" }]),
      "mountPropagation",
    ],
    ["another volume's mount", volume({ emptyDir: {} }, [{ name: "w", mountPath: "/a" }]), '"w" is not the volume "v"'],
    ["a way out of a volume", volume({ emptyDir: {} }, [{ mountPath: "/a", subPath: "../x" }]), "subPath: "],
    [
      "our prefix",
      volumes({ volume: { name: "iotedge-token", emptyDir: {} }, volumeMounts: [] }),
      "begins with iotedge-",
    ],
    ["root", experimental({ securityContext: { runAsUser: 0 } }), "securityContext.runAsUser: 0 is root"],
    ["possibly root", experimental({ securityContext: { runAsNonRoot: false } }), "securityContext.runAsNonRoot"],
    [
      "no seccomp",
      experimental({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
      "seccompProfile.type",
    ],
    ["no seccomp by Docker", { HostConfig: { SecurityOpt: ["seccomp=unconfined"] } }, "HostConfig.SecurityOpt[0]:"],
    ["a sysctl of the node", { HostConfig: { Sysctls: { "kernel.msgmax": "1" } } }, 'Sysctls["kernel.msgmax"]: '],
    ["a group by name", { HostConfig: { GroupAdd: ["dialout"] } }, '"dialout" is not a numeric group'],
    ["a rule for devices", { HostConfig: { DeviceCgroupRules: ["c 1:3 rwm"] } }, "is a device of the node"],
    ["an amount that is none", experimental({ resources: { limits: { cpu: "lots" } } }), 'limits.cpu: "lots" must'],
    ["the node's own name", { HostConfig: { ExtraHosts: ["host:host-gateway"] } }, "asks for the address of the node"],
    [
      "another iotedged",
      { HostConfig: { ExtraHosts: ["IoTEdged.edge-a:192.0.2.1"] } },
      "is where the proxy in the same",
    ],
    ["another loopback", { HostConfig: { ExtraHosts: ["localhost:192.0.2.1"] } }, "is where the proxy in the same pod"],
    ["iotedged's own name", { Hostname: "iotedged" }, 'Hostname: "iotedged" is not a host name'],
    ["pods of one identity", extensions({ replicas: 2 }), "k8s-extensions.replicas: 2 pods share one identity"],
    ["names of certificates that are none", extensions({ serverNames: ["a,b"] }), "serverNames[0]"],
    ["more names of certificates than 16", extensions({ serverNames: Array(17).fill("a.example") }), "serverNames"],
    ["a class of the system", extensions({ priorityClassName: "system-node-critical" }), "priorityClassName"],
    [
      "pods of other namespaces",
      extensions({
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a", namespaces: ["b"] }],
          },
        },
      }),
      "namespaces: is not a field that a module may set",
    ],
    [
      "a word to the kubelet",
      { Labels: { "container.apparmor.security.beta.kubernetes.io/x": "unconfined" } },
      "speaks to the cluster",
    ],
    ["a word to the runtime", { Labels: { "io.kubernetes.cri-o.Devices": "/dev/mem" } }, "speaks to the cluster"],
    ["another module's id", { Labels: { "net.azure-devices.edge.original-moduleid": "x" } }, "speaks to the cluster"],
    ["too much to note", { Labels: { a: "x".repeat(70_000) } }, "Labels: has 70001 bytes of annotations"],
  ])("%s", (_, createOptions, start) => {
    expect(refusals(createOptions)).toEqual([expect.stringContaining(start)]);
  });

  it("is told all at once", () => {
    const k8s = { nodeSelector: [], resources: { limits: { cpu: {} } }, volumes: [{}], securityContext: { x: 1 } };
    expect(refusals(experimental(k8s)).map((line) => line.split(": ")[0]?.split("k8s-experimental.")[1])).toEqual(
      expect.arrayContaining(["resources.limits.cpu", "securityContext.x", "nodeSelector", "volumes[0]"]),
    );
  });
});

describe("input that is made to take long", () => {
  const many = Array.from({ length: 15_000 }, (_, index) => `/${index}`);
  const dashes = `a${"-".repeat(900_000)}a`;
  const slashes = `/${"/".repeat(900_000)}a`;

  it.each<[string, object, string]>([
    ["volumes", { Volumes: Object.fromEntries(many.map((path) => [path, {}])) }, "EDGE_LIMIT_MOUNTS"],
    ["mounts of one claim", { HostConfig: { Binds: many.map((path) => `data:${path}`) } }, "EDGE_LIMIT_MOUNTS"],
    ["a claim's name", { HostConfig: { Binds: [`${dashes}:/a`] } }, "gives no name for a PersistentVolumeClaim"],
    ["a path", { HostConfig: { Tmpfs: { [slashes]: "" } } }, "has 900002 characters"],
    ["a label of dashes", { Labels: { [dashes]: {} } }, "EDGE_LIMIT_ANNOTATION_BYTES"],
    ["a label of slashes", { Labels: { [slashes]: {} } }, "EDGE_LIMIT_ANNOTATION_BYTES"],
    ["many hosts", { HostConfig: { ExtraHosts: many.map(() => "a:192.0.2.1") } }, "EDGE_LIMIT_HOSTS"],
    [
      "a host",
      { HostConfig: { ExtraHosts: [`${dashes}:${dashes}`.slice(0, 900_000)] } },
      "is not a name and an address",
    ],
  ])("%s is judged at once", (_, createOptions, end) => {
    const parsed = read(createOptions);
    const all = [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings].map(describeProblem);
    expect(all[0]).toContain(end);
  });
});

describe("variables by reference", () => {
  const reference = { secretKeyRef: { name: "hub", key: "password" } };

  it("keep their value where it is", () => {
    const env = {
      PASSWORD: { valueFrom: reference },
      MODE: { valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
    };
    expect(accepted({}, { env }).environment.get("PASSWORD")).toEqual(reference);
    expect(accepted({ Env: ["PASSWORD=x"] }, { env }).environment.get("PASSWORD")).toBe("x");
  });

  it.each<[object, string]>([
    [{ value: "x", valueFrom: reference }, "env.A: has both value and valueFrom"],
    [{ valueFrom: {} }, "env.A.valueFrom: {} must not have fewer than 1 properties"],
    [{ valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }, "env.A.valueFrom.fieldRef: is not a field"],
    [
      { valueFrom: { secretKeyRef: { name: "iotedged-identity", key: "identity.key" } } },
      "belongs to the installation",
    ],
  ])("are refused as %j", (A, start) => {
    expect(refusals({}, { env: { A } })).toContainEqual(expect.stringContaining(start));
  });
});
