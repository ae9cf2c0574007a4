import type { ModulePolicy } from "#contract";
import type { ObjectReader } from "./object-reader.ts";
import { type Problems, shown } from "./problems.ts";

/** What a module has beyond its namespace, as the installation's policy allows. */
export interface Privileges {
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly privileged: boolean;
  /** Linux capabilities without `CAP_`, each once. */
  readonly capabilities: readonly string[];
}

export const noPrivileges: Privileges = {
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  privileged: false,
  capabilities: [],
};

/** Namespaces of the node, and the field of the policy that allows each. */
const hostNamespaces = { NetworkMode: "hostNetwork", PidMode: "hostPid", IpcMode: "hostIpc" } as const;
/** Namespaces that a pod cannot share with its node in any case. */
const otherNamespaces = ["UTSMode", "UsernsMode", "CgroupnsMode"] as const;
const deviceFields = ["Devices", "DeviceRequests", "DeviceCgroupRules"] as const;

/** The way out for what no policy can allow. */
const remedy = "Remove it: a module stays inside its namespace and its own file system.";

/** The way out for what `policy.{field}` can allow. */
export function borderRemedy(field: keyof ModulePolicy): string {
  return `Remove it, or let the installation allow it by edgeAgent.policy.${field}.`;
}

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
  const refuse = (path: string, message: string, field: keyof ModulePolicy) =>
    problems.error(path, message, borderRemedy(field));
  const asked = new Set<keyof ModulePolicy>();

  // IoT Edge manifests ask for the node's network in this place.
  const network = networking?.object("EndpointsConfig")?.take("host");
  if (network !== undefined) asked.add("hostNetwork");
  if (network !== undefined && !policy.hostNetwork) {
    refuse(network.path, "shares the network of the node", "hostNetwork");
  }
  for (const [key, field] of Object.entries(hostNamespaces)) {
    const mode = host?.take(key);
    if (mode === undefined || !isHost(mode.value)) continue;
    asked.add(field);
    if (!policy[field]) refuse(mode.path, `${shown(mode.value)} shares a namespace of the node`, field);
  }
  const privileged = host?.take("Privileged");
  if (privileged !== undefined && host?.flag("Privileged") === true) {
    asked.add("privileged");
    if (!policy.privileged) refuse(privileged.path, "a privileged container owns its node", "privileged");
  }
  if (host !== undefined) refuseAlways(host, problems);
  return {
    hostNetwork: asked.has("hostNetwork"),
    hostPid: asked.has("hostPid"),
    hostIpc: asked.has("hostIpc"),
    privileged: asked.has("privileged"),
    capabilities: host === undefined ? [] : readCapabilities(host, policy, problems),
  };
}

function isHost(mode: unknown): boolean {
  return String(mode).toLowerCase() === "host";
}

function readCapabilities(host: ObjectReader, policy: ModulePolicy, problems: Problems): readonly string[] {
  const fields = host.list("CapAdd").map(({ path, value }) => ({ path, value, name: capabilityOf(value) }));
  for (const { path, value, name } of fields) {
    if (name === freeCapability || policy.capabilities.includes(name)) continue;
    problems.error(path, `${shown(value)} is a privilege on the node`, borderRemedy("capabilities"));
  }
  return [...new Set(fields.map(({ name }) => name))].sort();
}

function capabilityOf(value: unknown): string {
  return String(value).toUpperCase().replace(/^CAP_/, "");
}

/** What no policy allows. */
function refuseAlways(host: ObjectReader, problems: Problems): void {
  for (const key of otherNamespaces) {
    const mode = host.take(key);
    if (mode === undefined || !isHost(mode.value)) continue;
    problems.error(mode.path, `${shown(mode.value)} shares a namespace of the node`, remedy);
  }
  for (const device of deviceFields.flatMap((key) => host.list(key))) {
    problems.error(
      device.path,
      `${shown(device.value)} is a device of the node`,
      'Use a device plugin, and name its resource: k8s-experimental.resources.limits["example.com/device"].',
    );
  }
  // Docker's default confinement applies here, too: only what changes it is refused.
  for (const { path, value } of host.list("SecurityOpt")) {
    if (/^no-new-privileges([:=]true)?$/.test(String(value))) continue;
    problems.error(path, `${shown(value)} changes how the node confines the container`, remedy);
  }
}
