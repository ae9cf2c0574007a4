import { describe, expect, it } from "vitest";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";

/** Every field of Docker's `container create` (Engine API 1.51), each with a value that is not its default. */
const config = {
  Hostname: "sensor",
  Domainname: "plant.example",
  User: "1001",
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  ExposedPorts: { "8080/tcp": {} },
  Tty: true,
  OpenStdin: true,
  StdinOnce: true,
  Env: ["A=1"],
  Cmd: ["run"],
  Healthcheck: { Test: ["CMD", "true"] },
  ArgsEscaped: true,
  Image: "another",
  Volumes: { "/data": {} },
  WorkingDir: "/srv",
  Entrypoint: ["/bin/run"],
  NetworkDisabled: true,
  MacAddress: "02:42:ac:11:00:02",
  OnBuild: ["RUN true"],
  Labels: { vendor: "x" },
  StopSignal: "SIGINT",
  StopTimeout: 30,
  Shell: ["/bin/sh"],
};
const host = {
  CpuShares: 512,
  Memory: 67_108_864,
  CgroupParent: "/plant",
  BlkioWeight: 300,
  BlkioWeightDevice: [{ Path: "/dev/sda", Weight: 300 }],
  BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1 }],
  BlkioDeviceWriteBps: [{ Path: "/dev/sda", Rate: 1 }],
  BlkioDeviceReadIOps: [{ Path: "/dev/sda", Rate: 1 }],
  BlkioDeviceWriteIOps: [{ Path: "/dev/sda", Rate: 1 }],
  CpuQuota: 25_000,
  CpuRealtimePeriod: 1000,
  CpuRealtimeRuntime: 500,
  CpusetCpus: "0",
  CpusetMems: "0",
  Devices: [{ PathOnHost: "/dev/ttyS0", PathInContainer: "/dev/ttyS0", CgroupPermissions: "rwm" }],
  DeviceCgroupRules: ["c 13:* rwm"],
  DeviceRequests: [{ Driver: "nvidia", Count: -1 }],
  KernelMemory: 1_048_576,
  KernelMemoryTCP: 1_048_576,
  MemoryReservation: 33_554_432,
  MemorySwap: -1,
  MemorySwappiness: 60,
  NanoCpus: 500_000_000,
  OomKillDisable: true,
  Init: true,
  PidsLimit: 100,
  Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 1024 }],
  CpuCount: 1,
  CpuPercent: 50,
  IOMaximumIOps: 100,
  IOMaximumBandwidth: 1000,
  Binds: ["data:/data"],
  ContainerIDFile: "/run/id",
  LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
  NetworkMode: "plantnet",
  PortBindings: { "8080/tcp": [{ HostPort: "8080" }] },
  RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
  AutoRemove: true,
  VolumeDriver: "nfs",
  VolumesFrom: ["other"],
  Mounts: [{ Type: "tmpfs", Target: "/run" }],
  ConsoleSize: [24, 80],
  Annotations: { "example.com/a": "1" },
  CapAdd: ["NET_BIND_SERVICE"],
  CapDrop: ["CHOWN"],
  CgroupnsMode: "host",
  Cgroup: "container:other",
  Dns: ["192.0.2.53"],
  DnsOptions: ["ndots:1"],
  DnsSearch: ["plant.example"],
  ExtraHosts: ["db:192.0.2.1"],
  GroupAdd: ["20"],
  IpcMode: "ns:/proc/1/ns/ipc",
  Links: ["db:database"],
  OomScoreAdj: 100,
  PidMode: "ns:/proc/1/ns/pid",
  Privileged: true,
  PublishAllPorts: true,
  ReadonlyRootfs: false,
  SecurityOpt: ["seccomp=unconfined"],
  StorageOpt: { size: "1G" },
  Tmpfs: { "/run": "size=1m" },
  UTSMode: "ns:/proc/1/ns/uts",
  UsernsMode: "keep-id",
  ShmSize: 134_217_728,
  Sysctls: { "net.ipv4.tcp_syncookies": "1" },
  Runtime: "kata",
  Isolation: "hyperv",
  MaskedPaths: [],
  ReadonlyPaths: [],
};
const endpoint = {
  IPAMConfig: { IPv4Address: "192.0.2.7" },
  Links: ["db"],
  MacAddress: "02:42:ac:11:00:02",
  Aliases: ["sensor-one"],
  DriverOpts: { "com.docker.network.endpoint.ifname": "eth1" },
  GwPriority: 1,
  NetworkID: "a1",
  EndpointID: "a2",
  Gateway: "192.0.2.1",
  IPAddress: "192.0.2.7",
  IPPrefixLen: 24,
  IPv6Gateway: "2001:db8::1",
  GlobalIPv6Address: "2001:db8::7",
  GlobalIPv6PrefixLen: 64,
  DNSNames: ["sensor-two"],
};
const mount = {
  Consistency: "cached",
  ReadOnly: true,
  BindOptions: { Propagation: "rshared" },
  VolumeOptions: { DriverConfig: { Name: "local", Options: { type: "nfs", o: "addr=192.0.2.9", device: ":/share" } } },
  ImageOptions: { Subpath: "a" },
  TmpfsOptions: { Mode: 0o700 },
  ClusterOptions: { a: 1 },
};
const bind = { Propagation: "rshared", NonRecursive: true, CreateMountpoint: true, ReadOnlyNonRecursive: true };

/** Each field, and options that have it and nothing else beside what it stands in. */
const network = (fields: object) => ({ NetworkingConfig: { EndpointsConfig: { "azure-iot-edge": fields } } });
const mounted = (fields: object) => ({
  HostConfig: { Mounts: [{ Type: "volume", Source: "data", Target: "/data", ...fields }] },
});
const each = (fields: object, within: (one: object) => object, where: string) =>
  Object.entries(fields).map(([key, value]) => ({
    name: `${where}${key}`,
    options: within({ [key]: value }),
    without: within({}),
  }));
const fields = [
  ...each(config, (one) => one, ""),
  ...each(host, (one) => ({ HostConfig: one }), "HostConfig."),
  ...each({ CpuPeriod: 50_000 }, (one) => ({ HostConfig: { CpuQuota: 25_000, ...one } }), "HostConfig."),
  ...each(endpoint, network, "EndpointsConfig."),
  ...each(mount, mounted, "Mounts."),
  ...each(bind, (one) => mounted({ BindOptions: one }), "BindOptions."),
  ...each({ Subpath: "a", Labels: { a: "b" } }, (one) => mounted({ VolumeOptions: one }), "VolumeOptions."),
];

const read = (createOptions: object) =>
  parseManifest(manifestText({ a: { settings: { image: "registry.example.com/a:1.0", createOptions } } }));

/** What becomes of the options, beside what becomes of those without the field. */
function fateOf(options: object, without: object): "refused" | "warned about" | "mapped" | "silent" {
  const [parsed, plain] = [read(options), read(without)];
  if (!plain.ok) throw new Error(JSON.stringify(plain.errors));
  if (!parsed.ok) return "refused";
  if (parsed.warnings.length > plain.warnings.length) return "warned about";
  return JSON.stringify(withMaps(parsed.manifest)) === JSON.stringify(withMaps(plain.manifest)) ? "silent" : "mapped";
}

const withMaps = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof Map ? [...one] : one)));

/** What has no effect with IoT Edge either: nobody attaches to a module, and files are on Linux. */
const silent = ["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce", "Mounts.Consistency"];

describe("a field of Docker's", () => {
  it.each(fields)("is mapped, refused or warned about: $name", ({ name, options, without }) => {
    const fate = fateOf(options, without);
    expect(fate === "silent").toBe(silent.includes(name));
  });

  it.each([
    [{ NetworkDisabled: true }, "refused"],
    [{ NetworkDisabled: false }, "silent"],
    [{ HostConfig: { NetworkMode: "ns:/proc/1/ns/net" } }, "refused"],
    [{ HostConfig: { NetworkMode: "plantnet" } }, "warned about"],
    [{ NetworkingConfig: { EndpointsConfig: { plantnet: {} } } }, "warned about"],
    [{ NetworkingConfig: { EndpointsConfig: { plantnet: null } } }, "warned about"],
    [{ HostConfig: { MaskedPaths: [] } }, "refused"],
    [{ HostConfig: { MaskedPaths: ["/proc/kcore"] } }, "warned about"],
    [{ HostConfig: { ReadonlyPaths: [] } }, "refused"],
    [{ HostConfig: { AutoRemove: true } }, "warned about"],
    [{ HostConfig: { IpcMode: "shareable" } }, "warned about"],
    [{ HostConfig: { Tmpfs: { "/run": "mode=0700,uid=5" } } }, "warned about"],
    [{ Healthcheck: { Test: ["CMD", "/a"], StartInterval: 1_000_000_000 } }, "warned about"],
    [{ HostConfig: { UTSMode: "host" } }, "refused"],
  ])("is judged by what it promises: %j is %s", (options, fate) => {
    expect(fateOf(options, {})).toBe(fate);
  });

  it.each([
    { NetworkMode: "default" },
    { NetworkMode: "bridge" },
    { NetworkMode: "azure-iot-edge" },
    { IpcMode: "private" },
    { CgroupnsMode: "private" },
    { PidMode: "", UTSMode: "", UsernsMode: "" },
    { UsernsMode: "host" },
    { RestartPolicy: { Name: "no", MaximumRetryCount: 0 } },
    { RestartPolicy: { Name: "" } },
    { AutoRemove: false, PublishAllPorts: false },
    { MaskedPaths: null, ReadonlyPaths: null },
  ])("is not worth a word where it is what a container has anyway: %j", (HostConfig) => {
    expect(fateOf({ HostConfig }, {})).toBe("silent");
  });
});
