import { ObjectReader } from "./object-reader.ts";
import { type Problems, shown } from "./problems.ts";

const hostNamespaces = ["NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode"] as const;
const remedy = "Remove it: a module stays inside its namespace and its own file system.";

/** The one capability that the restricted Pod Security Standard allows. */
export const allowedCapability = "NET_BIND_SERVICE";

/**
 * Refuses what would let a module out of its namespace: host namespaces, host paths, devices, privilege. Takes those
 * fields of `HostConfig`, and of `NetworkingConfig`, whatever they say.
 */
export function refuseBorderCrossing(host: ObjectReader, problems: Problems): void {
  const privileged = host.take("Privileged");
  if (host.flag("Privileged") === true && privileged !== undefined) {
    problems.error(privileged.path, "a privileged container owns its node", remedy);
  }
  for (const key of hostNamespaces) {
    const mode = host.take(key);
    if (mode !== undefined && String(mode.value).toLowerCase() === "host") {
      problems.error(mode.path, `${shown(mode.value)} shares a namespace of the node`, remedy);
    }
  }
  for (const bind of host.list("Binds")) {
    problems.error(bind.path, `${shown(bind.value)} mounts a path of the node`, remedy);
  }
  for (const device of [...host.list("Devices"), ...host.list("DeviceRequests")]) {
    problems.error(device.path, `${shown(device.value)} is a device of the node`, remedy);
  }
  refuseMounts(host, problems);
  refuseCapabilities(host, problems);
}

/** `NetworkingConfig.EndpointsConfig.host` is how IoT Edge manifests ask for the node's network. */
export function refuseHostNetwork(networking: ObjectReader, problems: Problems): void {
  const endpoints = networking.object("EndpointsConfig");
  const host = endpoints?.take("host");
  if (host !== undefined) problems.error(host.path, "shares the network of the node", remedy);
}

/** Bind mounts are refused; of any other mount nothing is mounted yet. */
function refuseMounts(host: ObjectReader, problems: Problems): void {
  for (const field of host.list("Mounts")) {
    const mount = ObjectReader.open(field, problems, { ignoreCase: true });
    if (mount === undefined) continue;
    const type = mount.text("Type")?.toLowerCase();
    if (type === "bind") {
      problems.error(field.path, `${shown(mount.take("Source")?.value)} mounts a path of the node`, remedy);
      continue;
    }
    problems.warn(
      field.path,
      `${shown(mount.take("Target")?.value)} is not mounted: volumes are not supported yet`,
      "Let the module keep what matters elsewhere.",
    );
  }
}

function refuseCapabilities(host: ObjectReader, problems: Problems): void {
  for (const { path, value } of host.list("CapAdd")) {
    const name = String(value).toUpperCase().replace(/^CAP_/, "");
    if (name !== allowedCapability) problems.error(path, `${shown(value)} is a privilege on the node`, remedy);
  }
}
