import type { DevicePolicy, ModulePolicy } from "#contract";
import { limits } from "./limits.ts";
import { Quoted, say } from "./message.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { refusePlaceholder } from "./placeholders.ts";
import { type PolicyNeed, type Problems, plainText, shown } from "./problems.ts";

/** What a module has of its node's hardware, as the installation's policy gives it. */
export interface Hardware {
  /** Limits by the resource's name: what device plugins offer. */
  readonly resources: Readonly<Record<string, string>>;
  /** Names of ResourceClaimTemplates, each once. */
  readonly claimTemplates: readonly string[];
  readonly runtimeClassName?: string;
  /** Devices that are bound: only a privileged container may open what no plugin gave it. */
  readonly binds: readonly DeviceBind[];
  readonly needsPrivilege: boolean;
}

export interface DeviceBind {
  /** Where the manifest asks for it. */
  readonly path: string;
  readonly hostPath: string;
  readonly target: string;
}

/** Collects what several fields give. */
interface Granted {
  readonly resources: Map<string, number>;
  readonly claimTemplates: Set<string>;
  readonly binds: DeviceBind[];
  needsPrivilege: boolean;
}

/**
 * Reads `Devices`, `DeviceCgroupRules`, `DeviceRequests` and `Runtime` of `HostConfig`. A device is a resource of a device
 * plugin or a claim where the policy says which; where it lets modules be privileged, the device is there anyway.
 *
 * @param isPrivileged whether the module asks for that itself
 */
export function readHardware(
  host: ObjectReader | undefined,
  isPrivileged: boolean,
  policy: ModulePolicy,
  problems: Problems,
): Hardware {
  const granted: Granted = { resources: new Map(), claimTemplates: new Set(), binds: [], needsPrivilege: false };
  const seen = new Set<string>();
  for (const field of host?.list("Devices", limits.hostEntries) ?? []) {
    readDevice(field, { seen, granted, isPrivileged, policy }, problems);
  }
  for (const field of host?.list("DeviceCgroupRules", limits.hostEntries) ?? []) {
    readCgroupRule(field, { seen, granted, isPrivileged, policy }, problems);
  }
  const runtimeClassName = readGpus(host, policy, granted, problems);
  const { binds, needsPrivilege } = granted;
  return {
    resources: Object.fromEntries([...granted.resources].map(([name, count]) => [name, String(count)])),
    claimTemplates: [...granted.claimTemplates].sort(),
    binds,
    needsPrivilege,
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
  };
}

interface DeviceContext {
  /** What was asked for already: a device that is named twice is one device. */
  readonly seen: Set<string>;
  readonly granted: Granted;
  readonly isPrivileged: boolean;
  readonly policy: ModulePolicy;
}

function readDevice(field: Field, context: DeviceContext, problems: Problems): void {
  const reader = ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return;
  const device = rooted(reader.requiredText("PathOnHost", 'Write the path on the node: "/dev/ttyUSB0".'));
  const target = rooted(reader.text("PathInContainer")) || device;
  reader.take("CgroupPermissions");
  reader.warnOfRest();
  if (device === undefined || target === undefined || isSeen(device, context)) return;
  if ([device, target].some((one) => refusePlaceholder(field.path, one, problems))) return;
  const entry = context.policy.devices?.find(({ path }) => path === device);
  if (entry === undefined) {
    bind({ path: field.path, hostPath: device, target }, context, problems);
    return;
  }
  grant(entry, context.granted);
  if (target !== device) {
    problems.warn(
      field.path,
      say`${shown(target)} has no effect: what gives the device says where it is in the container`,
      say`Look for it where that puts it, mostly ${device}.`,
    );
  }
}

/** Docker looks for a path from the root on, with a slash at its beginning or without. */
function rooted(path: string | undefined): string | undefined {
  const trimmed = path?.trim();
  return trimmed && /^[A-Za-z]/.test(trimmed) ? `/${trimmed}` : trimmed;
}

function isSeen(key: string, { seen }: DeviceContext): boolean {
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

function grant({ resource, claimTemplate }: DevicePolicy, { resources, claimTemplates }: Granted): void {
  if (resource !== undefined) resources.set(resource, (resources.get(resource) ?? 0) + 1);
  if (claimTemplate !== undefined) claimTemplates.add(claimTemplate);
}

/** What no plugin gives can be had by a privileged container alone: the node keeps all others from its devices. */
function bind(device: DeviceBind, { granted, isPrivileged, policy }: DeviceContext, problems: Problems): void {
  if (policy.privileged) {
    granted.binds.push(device);
    if (!isPrivileged) escalate(device.path, granted, problems);
    return;
  }
  forbidDevice(device.path, device.hostPath, { field: "devices", path: device.hostPath }, problems);
}

function escalate(path: string, granted: Granted, problems: Problems): void {
  granted.needsPrivilege = true;
  problems.warn(
    path,
    "makes the module privileged, which owns its node: no other container may open a device of it",
    "Let the installation give the device by edgeAgent.policy.devices, as a resource of a device plugin.",
  );
}

type DeviceNeed = PolicyNeed & { readonly field: "devices" };

function forbidDevice(path: string, what: unknown, need: DeviceNeed, problems: Problems): void {
  problems.forbid(
    path,
    say`${shown(what)} is a device of the node`,
    need,
    say`Let the installation give it as a resource of a device plugin, by edgeAgent.policy.devices: ${new Quoted([usualDevice(need)], JSON.stringify)}; or, without one, by edgeAgent.policy.privileged and hostPaths.`,
  );
}

/** The device as a resource that a widespread plugin would call so: how a cluster's calls it, nobody but its owner knows. */
export function usualDevice(need: DeviceNeed): DevicePolicy {
  if ("resource" in need) return { resource: need.resource };
  const asked = "path" in need ? { path: need.path } : { rule: need.rule };
  const name = /[A-Za-z0-9][\w.-]*$/.exec("path" in need ? need.path : need.rule)?.[0] ?? "device";
  return { ...asked, resource: `smarter-devices/${name}` };
}

/** `c 188:* rwm`: devices by their kind and numbers, those that are plugged in later as well. */
const cgroupRule = /^([abc]) +(\d+|\*):(\d+|\*)( +[rwm]{1,3})?$/;

function readCgroupRule(field: Field, context: DeviceContext, problems: Problems): void {
  const [, type, major, minor] = cgroupRule.exec(plainText(field.value)) ?? [];
  if (type === undefined) {
    problems.error(
      field.path,
      say`${shown(field.value)} is not a rule for devices`,
      'Write one such as "c 188:* rwm".',
    );
    return;
  }
  const asked = `${type} ${major}:${minor}`;
  if (isSeen(asked, context)) return;
  const { granted, isPrivileged, policy } = context;
  const entry = policy.devices?.find(({ rule }) => rule === asked);
  if (entry !== undefined) grant(entry, granted);
  else if (!policy.privileged) forbidDevice(field.path, field.value, { field: "devices", rule: asked }, problems);
  else if (!isPrivileged) escalate(field.path, granted, problems);
}

/** What Docker calls the runtime that every container has. */
const plainRuntimes = new Set(["", "runc", "io.containerd.runc.v2"]);
const gpuRuntime = "nvidia";

/** The RuntimeClass of a module with GPUs, as the policy has it. */
function readGpus(
  host: ObjectReader | undefined,
  policy: ModulePolicy,
  granted: Granted,
  problems: Problems,
): string | undefined {
  const runtime = host?.take("Runtime");
  const name = plainText(runtime?.value ?? "");
  const requests = host?.list("DeviceRequests", limits.hostEntries) ?? [];
  const counts = requests.map((request) => readGpuRequest(request, policy, problems));
  if (runtime !== undefined && name !== gpuRuntime && !plainRuntimes.has(name)) {
    problems.error(
      runtime.path,
      say`${shown(name)} is no runtime that a module can have`,
      'Remove it, or write "nvidia".',
    );
  }
  const isAsked = name === gpuRuntime || requests.length > 0;
  if (!isAsked) return undefined;
  const { gpu } = policy;
  if (gpu === undefined) {
    // It runs without a GPU, or with one where that is the default of the node's container runtime.
    if (runtime !== undefined && requests.length === 0) {
      problems.warn(runtime.path, say`${shown(name)} gives the module no GPU`, gpuRemedy);
    }
    return undefined;
  }
  const count = Math.max(
    1,
    counts.reduce((sum, one) => sum + one, 0),
  );
  if (gpu.resource !== undefined) granted.resources.set(gpu.resource, count);
  if (gpu.claimTemplate !== undefined) granted.claimTemplates.add(gpu.claimTemplate);
  return gpu.runtimeClassName;
}

const gpuRemedy = "Let the installation give GPUs by edgeAgent.policy.gpu, such as its resource nvidia.com/gpu.";

/** How many GPUs a request is for. */
function readGpuRequest(field: Field, { gpu }: ModulePolicy, problems: Problems): number {
  const reader = ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return 0;
  const driver = reader.text("Driver") ?? "";
  const ids = reader.list("DeviceIDs", limits.hostEntries);
  const count = reader.integer("Count", -1, 1000);
  const capabilities = reader.list("Capabilities", limits.hostEntries).map(({ value }) => plainText(value));
  reader.warnOfUnsupported("has no effect: Kubernetes chooses the device", "Remove it.");
  const isGpu =
    capabilities.length === 0 || capabilities.some((one) => /(?:^|")gpu(?:"|$)/.test(one) || one.includes(gpuRuntime));
  if (!isGpu || !["", gpuRuntime].includes(driver)) {
    problems.error(field.path, "asks for a device that is no GPU of nvidia's", "Ask for it by Devices.");
    return 0;
  }
  if (gpu === undefined) {
    problems.forbid(field.path, "asks for a GPU of the node", { field: "gpu" }, gpuRemedy);
    return 0;
  }
  if (ids.length > 0) {
    problems.warn(
      ids[0]?.path ?? field.path,
      "has no effect: Kubernetes chooses which GPUs",
      "Write their number as Count.",
    );
    return ids.length;
  }
  if (count !== -1) return count ?? 1;
  const remedy = 'For more, write their number: "Count": 2, or k8s-experimental.resources.limits.';
  problems.warn(field.path, "gets one GPU: in Kubernetes nobody can ask for all of a node", remedy);
  return 1;
}
