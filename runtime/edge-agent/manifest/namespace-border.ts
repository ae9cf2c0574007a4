import type { ObjectReader } from "./object-reader.ts";
import { type Problems, shown } from "./problems.ts";

const hostNamespaces = ["NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode"] as const;
/** The way out for everything that this project refuses on principle. */
export const borderRemedy = "Remove it: a module stays inside its namespace and its own file system.";

const deviceFields = ["Devices", "DeviceRequests", "DeviceCgroupRules"] as const;

/** The one capability that the restricted Pod Security Standard allows. */
export const allowedCapability = "NET_BIND_SERVICE";

/**
 * Refuses what would let a module out of its namespace: host namespaces, devices, privilege. Takes those
 * fields of `HostConfig`, and of `NetworkingConfig`, whatever they say.
 */
export function refuseBorderCrossing(host: ObjectReader, problems: Problems): void {
  const privileged = host.take("Privileged");
  if (host.flag("Privileged") === true && privileged !== undefined) {
    problems.error(privileged.path, "a privileged container owns its node", borderRemedy);
  }
  for (const key of hostNamespaces) {
    const mode = host.take(key);
    if (mode !== undefined && String(mode.value).toLowerCase() === "host") {
      problems.error(mode.path, `${shown(mode.value)} shares a namespace of the node`, borderRemedy);
    }
  }
  for (const device of deviceFields.flatMap((key) => host.list(key))) {
    problems.error(device.path, `${shown(device.value)} is a device of the node`, borderRemedy);
  }
  refuseSecurityOptions(host, problems);
  refuseCapabilities(host, problems);
}

/** `NetworkingConfig.EndpointsConfig.host` is how IoT Edge manifests ask for the node's network. */
export function refuseHostNetwork(networking: ObjectReader, problems: Problems): void {
  const endpoints = networking.object("EndpointsConfig");
  const host = endpoints?.take("host");
  if (host !== undefined) problems.error(host.path, "shares the network of the node", borderRemedy);
}

function refuseCapabilities(host: ObjectReader, problems: Problems): void {
  for (const { path, value } of host.list("CapAdd")) {
    const name = String(value).toUpperCase().replace(/^CAP_/, "");
    if (name !== allowedCapability) problems.error(path, `${shown(value)} is a privilege on the node`, borderRemedy);
  }
}

/** Docker's defaults are this project's, too: only asking for less is refused. */
function refuseSecurityOptions(host: ObjectReader, problems: Problems): void {
  for (const { path, value } of host.list("SecurityOpt")) {
    if (/^no-new-privileges([:=]true)?$/.test(String(value))) continue;
    problems.error(path, `${shown(value)} changes how the node confines the container`, borderRemedy);
  }
}
