import { readContainerEnvironment } from "./environment.ts";
import type { ContainerOptions } from "./manifest.ts";
import { allowedCapability, refuseBorderCrossing, refuseHostNetwork } from "./namespace-border.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { readPorts } from "./ports.ts";
import { type Problems, shown } from "./problems.ts";

/** `createOptions` of a module: the container, and the environment that it adds. */
export interface CreateOptions {
  readonly container: ContainerOptions;
  readonly environment: ReadonlyMap<string, string>;
}

const notYet = "Remove it, or expect the module to run without it.";
/** Fields of HostConfig that ask for what every module has anyway. */
const alreadySo = ["CapDrop", "AutoRemove"] as const;

/**
 * Reads the Docker API's options for a container. What has no counterpart yet is warned of, and what would cross the
 * namespace's border is an error.
 */
export function readCreateOptions(field: Field | undefined, problems: Problems): CreateOptions {
  const reader = field && ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return { container: plainContainer, environment: new Map() };
  const host = reader.object("HostConfig");
  const networking = reader.object("NetworkingConfig");
  if (networking !== undefined) refuseHostNetwork(networking, problems);
  if (host !== undefined) refuseBorderCrossing(host, problems);
  const environment = readContainerEnvironment(reader.list("Env"), problems);
  const container = readContainer(reader, host, problems);
  for (const key of alreadySo) host?.take(key);
  for (const unread of [reader, host, networking]) warnOfUnsupported(unread, problems);
  return { container, environment };
}

const plainContainer: ContainerOptions = {
  readOnlyRoot: true,
  ports: [],
  servicePorts: [],
  bindPrivilegedPorts: false,
};

function readContainer(reader: ObjectReader, host: ObjectReader | undefined, problems: Problems): ContainerOptions {
  const command = readWords(reader, "Entrypoint", problems);
  const args = readWords(reader, "Cmd", problems);
  const workingDirectory = reader.text("WorkingDir");
  const user = readUser(reader.take("User"), problems);
  const bound = host?.object("PortBindings");
  return {
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(workingDirectory ? { workingDirectory } : {}),
    ...(user === undefined ? {} : { user }),
    readOnlyRoot: host?.flag("ReadonlyRootfs") ?? true,
    bindPrivilegedPorts: asksForPrivilegedPorts(host),
    ...readPorts(reader.object("ExposedPorts"), bound, problems),
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

function asksForPrivilegedPorts(host: ObjectReader | undefined): boolean {
  const names = host?.list("CapAdd").map(({ value }) => String(value).toUpperCase().replace(/^CAP_/, "")) ?? [];
  return names.includes(allowedCapability);
}

function warnOfUnsupported(reader: ObjectReader | undefined, problems: Problems): void {
  for (const { path, value } of reader?.rest() ?? []) {
    if (isEmpty(value)) continue;
    problems.warn(path, "is not supported yet and has no effect", notYet);
  }
}

/** Whether a field asks for nothing, as tools that write out every default do. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
