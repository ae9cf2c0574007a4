import { readAnnotations } from "./annotations.ts";
import { readContainerEnvironment } from "./environment.ts";
import { readHealthcheck } from "./healthcheck.ts";
import { type KubernetesExtensions, readKubernetesExtensions, serviceOptionsOf } from "./kubernetes-extensions.ts";
import type { EnvironmentValue } from "./manifest.ts";
import { type ContainerOptions, type ModuleOptions, type PodOptions, plainOptions } from "./module-options.ts";
import { allowedCapability, refuseBorderCrossing, refuseHostNetwork } from "./namespace-border.ts";
import { readDns, readHostAliases, readHostname } from "./networking.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { readPodSecurity } from "./pod-security.ts";
import { readPorts } from "./ports.ts";
import { type Problems, shown } from "./problems.ts";
import { mergeResources, readHostResources } from "./resources.ts";
import { readStorage } from "./volumes.ts";

/** `createOptions` of a module, and the environment that it adds. */
export interface CreateOptions {
  readonly options: ModuleOptions;
  readonly environment: ReadonlyMap<string, EnvironmentValue>;
}

const noCounterpart = "Remove it, or expect the module to run without it.";
/** Fields that ask for what every module has anyway, or that mean nothing where nobody attaches to a container. */
const alreadySo = ["AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"] as const;
const alreadySoOnHost = ["CapDrop", "AutoRemove", "RestartPolicy", "PublishAllPorts"] as const;
const maxStopTimeout = 3600;

/** The two objects that options are spread over. */
interface Readers {
  readonly reader: ObjectReader;
  readonly host: ObjectReader | undefined;
}

/**
 * Reads the Docker API's options for a container, and those for Kubernetes beside them. What has no counterpart is
 * warned of, and what would cross the namespace's border is an error.
 */
export function readCreateOptions(field: Field | undefined, problems: Problems): CreateOptions {
  const reader = field && ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return { options: plainOptions, environment: new Map() };
  const host = reader.object("HostConfig");
  const networking = reader.object("NetworkingConfig");
  if (networking !== undefined) refuseHostNetwork(networking, problems);
  if (host !== undefined) refuseBorderCrossing(host, problems);
  const environment = readContainerEnvironment(reader.list("Env"), problems);
  const options = readModuleOptions({ reader, host }, problems);
  for (const key of alreadySo) reader.take(key);
  for (const key of alreadySoOnHost) host?.take(key);
  for (const unread of [reader, host, networking]) warnOfUnsupported(unread, problems);
  return { options, environment };
}

function readModuleOptions(readers: Readers, problems: Problems): ModuleOptions {
  const { reader, host } = readers;
  const extensions = readKubernetesExtensions(reader, problems);
  const { ports, servicePorts } = readPorts(reader.object("ExposedPorts"), host?.object("PortBindings"), problems);
  return {
    container: { ...readContainer(readers, extensions, problems), ports },
    pod: readPod(readers, extensions, problems),
    service: serviceOptionsOf(servicePorts, extensions, problems),
  };
}

function readContainer(
  { reader, host }: Readers,
  extensions: KubernetesExtensions,
  problems: Problems,
): Omit<ContainerOptions, "ports"> {
  const command = readWords(reader, "Entrypoint", problems);
  const args = readWords(reader, "Cmd", problems);
  const workingDirectory = reader.text("WorkingDir");
  const user = readUser(reader.take("User"), problems) ?? userOf(extensions.security);
  const healthcheck = readHealthcheck(reader.take("Healthcheck"), problems);
  return {
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(workingDirectory ? { workingDirectory } : {}),
    ...(user === undefined ? {} : { user }),
    readOnlyRoot: host?.flag("ReadonlyRootfs") ?? true,
    bindPrivilegedPorts: asksForPrivilegedPorts(host),
    stdin: reader.flag("OpenStdin") ?? false,
    tty: reader.flag("Tty") ?? false,
    resources: mergeResources(readHostResources(host, problems), extensions.resources),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    ...readStorage({ options: reader, host, extension: extensions.volumes }, problems),
  };
}

function readPod({ reader, host }: Readers, extensions: KubernetesExtensions, problems: Problems): PodOptions {
  const dns = readDns(host, problems);
  const hostname = readHostname(reader.take("Hostname"), problems);
  const stopTimeout = reader.integer("StopTimeout", 0, maxStopTimeout);
  return {
    annotations: readAnnotations([reader.take("Labels"), extensions.annotations], problems),
    hostAliases: readHostAliases(host, problems),
    ...(dns === undefined ? {} : { dns }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    securityContext: readPodSecurity(host, extensions.security, problems),
    replicas: extensions.replicas,
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

/** `uid` or `uid:gid`. Names are known to the image alone, and Kubernetes must know that it is not root. */
function readUser(field: Field | undefined, problems: Problems): ContainerOptions["user"] {
  if (field === undefined || field.value === "") return undefined;
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(String(field.value));
  const uid = Number(match?.[1]);
  if (match === null || uid === 0) {
    const what = match === null ? "is not a numeric user" : "is root";
    problems.error(field.path, `${shown(field.value)} ${what}`, 'Write the number of a user other than root: "1000".');
    return undefined;
  }
  return match[2] === undefined ? { uid } : { uid, gid: Number(match[2]) };
}

/** The user of `k8s-experimental.securityContext` is the module's, not the proxy's, which has its own. */
function userOf({ runAsUser, runAsGroup }: KubernetesExtensions["security"]): ContainerOptions["user"] {
  if (runAsUser === undefined) return undefined;
  return runAsGroup === undefined ? { uid: runAsUser } : { uid: runAsUser, gid: runAsGroup };
}

function asksForPrivilegedPorts(host: ObjectReader | undefined): boolean {
  const names = host?.list("CapAdd").map(({ value }) => String(value).toUpperCase().replace(/^CAP_/, "")) ?? [];
  return names.includes(allowedCapability);
}

function warnOfUnsupported(reader: ObjectReader | undefined, problems: Problems): void {
  for (const { path, value } of reader?.rest() ?? []) {
    if (isEmpty(value)) continue;
    problems.warn(path, "has no counterpart in Kubernetes and no effect", noCounterpart);
  }
}

/** Whether a field asks for nothing, as tools that write out every default do. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
