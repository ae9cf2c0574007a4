import { type ModuleSettings, plainModuleDefaults } from "#contract";
import { readAnnotations } from "./annotations.ts";
import { readEngineOptions } from "./engine-options.ts";
import { readContainerEnvironment } from "./environment.ts";
import { refuseResources } from "./extended-resources.ts";
import { type Hardware, readHardware } from "./hardware.ts";
import { readHealthcheck } from "./healthcheck.ts";
import { refuseHostPorts } from "./host-ports.ts";
import { type KubernetesExtensions, readKubernetesExtensions, serviceOptionsOf } from "./kubernetes-extensions.ts";
import { warnOfLowPorts } from "./low-ports.ts";
import type { EnvironmentValue } from "./manifest.ts";
import { fixed, type Message, say } from "./message.ts";
import {
  type ContainerOptions,
  type ModuleOptions,
  type PodOptions,
  plainOptions,
  type Resources,
} from "./module-options.ts";
import { type Privileges, readPrivileges, refuseNoNetwork } from "./namespace-border.ts";
import { readDns, readHostAliases, readHostname } from "./networking.ts";
import { type Field, isEmpty, ObjectReader, textOf } from "./object-reader.ts";
import { refusePlacement } from "./placement.ts";
import { readPodSecurity, refuseNodeSysctls } from "./pod-security.ts";
import { readPorts } from "./ports.ts";
import { type Problems, pathOf } from "./problems.ts";
import { publicationOf } from "./reachability.ts";
import { settleResources } from "./resource-rules.ts";
import { mergeResources, readHostResources } from "./resources.ts";
import { checkLinks, readAliases } from "./service-names.ts";
import { readUser } from "./user.ts";
import { readStorage } from "./volumes.ts";

/** `createOptions` of a module, and the environment that it adds. */
export interface CreateOptions {
  readonly options: ModuleOptions;
  readonly environment: ReadonlyMap<string, EnvironmentValue>;
}

const noCounterpart = "Remove it, or expect the module to run without it.";
/** Fields that mean nothing where nobody attaches to a container, as nobody does with IoT Edge. */
const alreadySo = ["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"] as const;
/** Fields that manifests often have beside HostConfig, where they belong. */
const hostFields = [
  ...["Binds", "CapAdd", "CapDrop", "DeviceRequests", "Devices", "ExtraHosts", "GroupAdd", "IpcMode", "LogConfig"],
  ...["Mounts", "NanoCpus", "NetworkMode", "PidMode", "PortBindings", "Privileged", "RestartPolicy", "Runtime"],
  ...["SecurityOpt", "ShmSize", "Sysctls", "Tmpfs"],
];
/** Fields that they have in HostConfig, and which belong beside it. */
const ownFields = [
  ...["Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Hostname", "Labels", "NetworkingConfig", "User"],
  ...["Volumes", "WorkingDir"],
];
/** Seconds that a module may ask for to end. */
export const maxStopTimeout = 3600;

/** The objects that options are spread over, and what the installation allows. */
interface Readers {
  readonly reader: ObjectReader;
  readonly host: ObjectReader | undefined;
  readonly networking: ObjectReader | undefined;
  readonly settings: ModuleSettings;
}

/**
 * Reads the Docker API's options for a container, and those for Kubernetes beside them. Warns of what has no counterpart;
 * what would cross the namespace's border is an error unless the policy allows it.
 */
export function readCreateOptions(
  field: Field | undefined,
  settings: ModuleSettings,
  problems: Problems,
): CreateOptions {
  const reader = field && ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return { options: plainOptions, environment: new Map() };
  const host = reader.object("HostConfig");
  const networking = reader.object("NetworkingConfig");
  const environment = readContainerEnvironment(reader.list("Env"), problems);
  const options = readModuleOptions({ reader, host, networking, settings }, problems);
  for (const key of alreadySo) reader.take(key);
  readEngineOptions(host, problems);
  warnOfOtherPlace(
    reader,
    hostFields,
    fixed("stands outside of HostConfig"),
    fixed("Move it into HostConfig."),
    problems,
  );
  if (host !== undefined)
    warnOfOtherPlace(host, ownFields, fixed("stands in HostConfig"), fixed("Move it out of HostConfig."), problems);
  for (const unread of [reader, host, networking]) {
    unread?.warnOfUnsupported("has no counterpart in Kubernetes and no effect", noCounterpart);
  }
  return { options, environment };
}

/** Docker drops without a word what stands in the other's place. */
function warnOfOtherPlace(
  reader: ObjectReader,
  names: readonly string[],
  where: Message,
  remedy: Message,
  problems: Problems,
): void {
  for (const name of names) {
    const field = reader.take(name);
    if (field === undefined || isEmpty(field.value) || problems.hasAllWarnings) continue;
    problems.ignore(field.path, say`${where} and has no effect, with Docker neither`, remedy);
  }
}

function readModuleOptions(readers: Readers, problems: Problems): ModuleOptions {
  const { reader, host, networking, settings } = readers;
  refuseNoNetwork(reader, problems);
  const asked = readPrivileges(host, networking, { policy: settings.policy, problems });
  const hardware = readHardware(host, asked.privileged, settings.policy, problems);
  const privileges = { ...asked, privileged: asked.privileged || hardware.needsPrivilege };
  const extensions = readKubernetesExtensions(reader, problems);
  const [exposed, bound] = [reader.object("ExposedPorts"), host?.object("PortBindings")];
  const names = readAliases(networking, problems);
  const { ports, servicePorts } = readPorts({ exposed, bound, names }, problems);
  const container = { ...readContainer(readers, extensions, { hardware, asked }, problems), ports };
  checkClaims(container, extensions, problems);
  checkLinks(host, problems);
  const pod = { ...readPod(readers, extensions, problems), ...runtimeOf(hardware) };
  const defaultUser = (settings.defaults ?? plainModuleDefaults).user;
  warnOfLowPorts({ path: (bound ?? exposed)?.path ?? "", container, privileges, defaultUser }, problems);
  refuseNodeSysctls({ path: host?.path ?? "", pod, privileges }, problems);
  refusePlacement(extensions, settings.policy, problems);
  refuseResources({ path: extensions.resourcesPath, resources: extensions.resources }, settings.policy, problems);
  const { hostNetwork } = privileges;
  const choosesType = extensions.service.type !== undefined;
  const asksForPorts = { path: bound?.path ?? "", ports: servicePorts, choosesType, hostNetwork };
  const service = {
    ...serviceOptionsOf(servicePorts, extensions, problems),
    ...publicationOf(asksForPorts, settings, problems),
  };
  const taken = { path: (bound ?? exposed)?.path ?? "", ports, service, servicePath: extensions.servicePath };
  refuseHostPorts({ ...taken, hostNetwork }, settings.policy, problems);
  return {
    privileges,
    container,
    pod,
    service: { ...service, names },
    claims: extensions.claims,
    ...(extensions.serverNames === undefined ? {} : { serverNames: extensions.serverNames }),
  };
}

function readContainer(
  { reader, host, settings }: Readers,
  extensions: KubernetesExtensions,
  { hardware, asked }: { readonly hardware: Hardware; readonly asked: Privileges },
  problems: Problems,
): Omit<ContainerOptions, "ports"> {
  const command = readWords(reader, "Entrypoint", problems);
  const args = readWords(reader, "Cmd", problems);
  const workingDirectory = reader.text("WorkingDir");
  const { security, securityPath } = extensions;
  const { policy } = settings;
  // A privileged container owns its node: that it is root there as well takes no further door.
  const allowed = { ...settings, policy: { ...policy, root: policy.root || (policy.privileged && asked.privileged) } };
  const fields = { user: reader.take("User"), security, securityPath, extension: extensions.user };
  const usual = (settings.defaults ?? plainModuleDefaults).user;
  // Privileged for a device alone, it stays the user that it would be.
  const user = readUser(fields, allowed, problems) ?? (hardware.needsPrivilege ? usual : undefined);
  const readOnlyRoot = host?.flag("ReadonlyRootfs");
  const healthcheck = readHealthcheck(reader.take("Healthcheck"), problems);
  return {
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(workingDirectory ? { workingDirectory } : {}),
    ...(user === undefined ? {} : { user }),
    readOnlyRoot: readOnlyRoot ?? true,
    ...(readOnlyRoot === true ? { keepsRootReadOnly: true } : {}),
    stdin: reader.flag("OpenStdin") ?? false,
    tty: reader.flag("Tty") ?? false,
    resources: readResources(host, extensions, hardware, problems),
    ...(hardware.claimTemplates.length === 0 ? {} : { claimTemplates: hardware.claimTemplates }),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    ...readStorage(
      { options: reader, host, extension: extensions.volumes, devices: hardware.binds },
      settings,
      problems,
    ),
  };
}

function readResources(
  host: ObjectReader | undefined,
  { resources: own, resourcesPath: path }: KubernetesExtensions,
  hardware: Hardware,
  problems: Problems,
): Resources {
  const docker = readHostResources(host, problems);
  const resources = mergeResources(mergeResources(docker, { limits: hardware.resources }), own);
  const byShares = docker.requests?.cpu !== undefined && own.requests?.cpu === undefined;
  const sharesPath = byShares ? pathOf(host?.path ?? "", "CpuShares") : undefined;
  return settleResources({ resources, own, path, sharesPath }, problems);
}

function runtimeOf({ runtimeClassName }: Hardware): Pick<PodOptions, "runtimeClassName"> {
  return runtimeClassName === undefined ? {} : { runtimeClassName };
}

function readPod(
  { reader, host, settings }: Readers,
  extensions: KubernetesExtensions,
  problems: Problems,
): PodOptions {
  const dns = readDns(host, problems);
  const hostname = readHostname(reader.take("Hostname"), problems);
  const stopTimeout = reader.integer("StopTimeout", 0, maxStopTimeout);
  return {
    annotations: readAnnotations([reader.take("Labels"), extensions.annotations], settings, problems),
    hostAliases: readHostAliases(host, problems),
    ...(dns === undefined ? {} : { dns }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    securityContext: readPodSecurity(host, extensions, settings, problems),
    replicas: extensions.replicas,
    ...(extensions.stateless ? { stateless: true } : {}),
    ...extensions.scheduling,
  };
}

/** A command as a list of words, or as one word. */
function readWords(reader: ObjectReader, key: string, problems: Problems): readonly string[] | undefined {
  const field = reader.take(key);
  if (field === undefined) return undefined;
  const items = Array.isArray(field.value) ? reader.list(key) : [field];
  const words = items.map((item) => textOf(item, problems)).filter((word) => word !== undefined);
  return words.length > 0 ? words : undefined;
}

function checkClaims({ volumes }: ContainerOptions, extensions: KubernetesExtensions, problems: Problems): void {
  const mounted = new Set(volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName));
  for (const name of Object.keys(extensions.claims)) {
    if (mounted.has(name)) continue;
    problems.error(pathOf(extensions.claimsPath, name), "is no claim that the module mounts", "Mount it first.");
  }
}
