import type { ModulePolicy } from "#contract";
import { limits } from "./limits.ts";
import { fixed, type Message, say } from "./message.ts";
import type { Field, ObjectReader } from "./object-reader.ts";
import { type Problems, plainText, shown } from "./problems.ts";

/** What a module has beyond its namespace, as the installation's policy allows. */
export interface Privileges {
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly privileged: boolean;
  /** Linux capabilities without `CAP_`, each once. */
  readonly capabilities: readonly string[];
  /** Those that the module shall not have though its installation gives them to all. */
  readonly droppedCapabilities?: readonly string[];
  /** Whether the module asks that no program gives it more rights than it has. */
  readonly noNewPrivileges?: true;
}

export const noPrivileges: Privileges = {
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  privileged: false,
  capabilities: [],
};

type Border = "hostNetwork" | "hostPid" | "hostIpc" | "privileged";

/** Namespaces of the node, and the field of the policy that allows each. */
const hostNamespaces = { NetworkMode: "hostNetwork", PidMode: "hostPid", IpcMode: "hostIpc" } as const;
/** Namespaces that a pod cannot share with its node in any case. */
const otherNamespaces = ["UTSMode", "CgroupnsMode"] as const;

/** Where Docker, or IoT Edge, puts a container that asks for no network. */
const usualNetworks = ["", "default", "bridge", "nat", "azure-iot-edge"];
/** What asks for no more than a pod has: its own namespaces, and the network that all modules share. */
const plainModes: Readonly<Record<string, readonly string[]>> = {
  NetworkMode: usualNetworks,
  PidMode: [""],
  IpcMode: ["", "private", "none"],
  UTSMode: [""],
  UsernsMode: ["", "host"],
  CgroupnsMode: ["", "private"],
};

/** The way out for what no policy can allow. */
const remedy = "Remove it: a module stays inside its namespace and its own file system.";

/** The one capability that the restricted Pod Security Standard allows, and that needs no policy. */
const freeCapability = "NET_BIND_SERVICE";

/**
 * Reads what would let a module out of its namespace: host namespaces, devices, privilege. Refuses what the policy does
 * not allow. Marks those fields of `HostConfig` and `NetworkingConfig` as read, whatever they hold.
 */
export function readPrivileges(
  host: ObjectReader | undefined,
  networking: ObjectReader | undefined,
  { policy, problems }: { readonly policy: ModulePolicy; readonly problems: Problems },
): Privileges {
  const refuse = (path: string, message: Message, field: Border) => problems.forbid(path, message, { field });
  const asked = new Set<Border>();

  // IoT Edge manifests ask for the node's network in this place.
  const network = networking?.object("EndpointsConfig")?.take("host");
  if (network !== undefined) asked.add("hostNetwork");
  if (network !== undefined && !policy.hostNetwork) {
    refuse(network.path, fixed("shares the network of the node"), "hostNetwork");
  }
  for (const [key, field] of Object.entries(hostNamespaces)) {
    const mode = host?.take(key);
    if (mode === undefined) continue;
    if (isContainers(mode.value)) refuseContainers(mode, key, problems);
    if (key === "NetworkMode" && isNone(mode.value)) refuseNone(mode, problems);
    if (!isHost(mode.value)) {
      judgeMode(mode, key, problems);
      continue;
    }
    asked.add(field);
    if (!policy[field]) refuse(mode.path, say`${shown(mode.value)} shares a namespace of the node`, field);
  }
  const privileged = host?.take("Privileged");
  if (privileged !== undefined && host?.flag("Privileged") === true) {
    asked.add("privileged");
    if (!policy.privileged) refuse(privileged.path, fixed("a privileged container owns its node"), "privileged");
  }
  // Users of a pod are those of its node, as Docker's are unless its daemon maps them.
  const users = host?.take("UsernsMode");
  if (users !== undefined) judgeMode(users, "UsernsMode", problems);
  if (host !== undefined) refuseAlways(host, asked.has("hostNetwork"), problems);
  const dropped = (host?.list("CapDrop", limits.hostEntries) ?? []).map(({ value }) => capabilityOf(value));
  const confined = host !== undefined && keepsItsRights(host, problems);
  return {
    hostNetwork: asked.has("hostNetwork"),
    hostPid: asked.has("hostPid"),
    hostIpc: asked.has("hostIpc"),
    privileged: asked.has("privileged"),
    capabilities: host === undefined ? [] : readCapabilities(host, policy, problems),
    ...(dropped.length === 0 ? {} : { droppedCapabilities: dropped }),
    ...(confined ? { noNewPrivileges: true } : {}),
  };
}

/** What is neither the node's nor another container's. */
function judgeMode({ path, value }: Field, key: string, problems: Problems): void {
  const mode = plainText(value).toLowerCase();
  if (plainModes[key]?.includes(mode) || isContainers(mode) || (key === "NetworkMode" && isNone(mode))) return;
  if (mode.startsWith("ns:")) problems.error(path, say`${shown(value)} is a namespace of the node's`, remedy);
  else if (key === "NetworkMode") warnOfNetwork({ path, value }, problems);
  else problems.ignore(path, say`${shown(value)} has no counterpart in Kubernetes and no effect`, noEffect);
}

const noEffect = "Remove it, or expect the module to run without it.";

/** Whether Docker would put a container into a network of this name without being asked, or IoT Edge would. */
export function isUsualNetwork(name: string): boolean {
  return usualNetworks.includes(name.toLowerCase());
}

/** Containers of one network of Docker's do not reach those of another one. */
export function warnOfNetwork({ path, value }: Field, problems: Problems): void {
  if (problems.hasAllWarnings) return;
  const way = "Remove it; a NetworkPolicy for the modules' pods closes what shall not be reached.";
  problems.ignore(path, say`${shown(value)} separates no modules here: all are in the network of the cluster`, way);
}

/** Refuses `NetworkDisabled`, which is `NetworkMode: none` in Docker's other place. */
export function refuseNoNetwork(options: ObjectReader, problems: Problems): void {
  const field = options.take("NetworkDisabled");
  if (field !== undefined && options.flag("NetworkDisabled") === true) refuseNone(field, problems);
}

/** What a module is promised to lack, it must not have unseen. */
function refuseNone({ path, value }: Field, problems: Problems): void {
  const way = "Remove it; a NetworkPolicy for the module's pods closes their network.";
  problems.error(path, say`${shown(value)} takes what every pod has`, way);
}

/** A pod shares nothing with another one but what both share with their node. */
function refuseContainers({ path, value }: Field, key: string, problems: Problems): void {
  const field = key === "IpcMode" ? "hostIpc" : "hostPid";
  const way =
    key === "NetworkMode"
      ? fixed("Remove it; modules reach each other by their Services.")
      : say`Write "host" in both modules, which then share it on one node, where edgeAgent.policy.${fixed(field)} allows it.`;
  problems.error(path, say`${shown(value)} is another container's namespace`, way);
}

const isContainers = (mode: unknown) => plainText(mode).toLowerCase().startsWith("container:");
const isNone = (mode: unknown) => plainText(mode).toLowerCase() === "none";

function isHost(mode: unknown): boolean {
  return plainText(mode).toLowerCase() === "host";
}

function readCapabilities(host: ObjectReader, policy: ModulePolicy, problems: Problems): readonly string[] {
  const fields = host
    .list("CapAdd", limits.hostEntries)
    .map(({ path, value }) => ({ path, value, name: capabilityOf(value) }));
  for (const { path, value, name } of fields) {
    if (name === freeCapability || policy.capabilities.includes(name)) continue;
    problems.forbid(path, say`${shown(value)} is a privilege on the node`, { field: "capabilities", capability: name });
  }
  return [...new Set(fields.map(({ name }) => name))].sort();
}

function capabilityOf(value: unknown): string {
  return plainText(value).toUpperCase().replace(/^CAP_/, "");
}

/** What no policy allows. The name of its node a pod has with the node's network. */
function refuseAlways(host: ObjectReader, isOnNode: boolean, problems: Problems): void {
  for (const key of otherNamespaces) {
    const mode = host.take(key);
    if (mode === undefined || (isOnNode && key === "UTSMode" && isHost(mode.value))) continue;
    if (isHost(mode.value)) problems.error(mode.path, say`${shown(mode.value)} shares a namespace of the node`, remedy);
    else judgeMode(mode, key, problems);
  }
}

/** Docker's default confinement applies here, too: only what changes it is refused. */
function keepsItsRights(host: ObjectReader, problems: Problems): boolean {
  const options = host.list("SecurityOpt", limits.hostEntries);
  const others = options.filter(({ value }) => !/^no-new-privileges([:=]true)?$/.test(plainText(value)));
  for (const { path, value } of others) {
    problems.error(path, say`${shown(value)} changes how the node confines the container`, remedy);
  }
  return options.length > others.length;
}
