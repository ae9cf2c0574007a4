import { ports as ownPorts } from "#contract";
import { exceeds, limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import type { ContainerPort, Protocol, ServicePort } from "./module-options.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { refusePlaceholder } from "./placeholders.ts";
import { type Problems, plainText, shown } from "./problems.ts";

/** What a module says of its ports. */
interface PortFields {
  readonly exposed: ObjectReader | undefined;
  readonly bound: ObjectReader | undefined;
  /** Further names of the module: each has a Service of its own, with all of its ports. */
  readonly names: readonly string[];
}

/** Ports of a container, and of the Service before it. */
interface Ports {
  readonly ports: readonly ContainerPort[];
  readonly servicePorts: readonly ServicePort[];
}

const protocols: ReadonlyMap<string, Protocol> = new Map([
  ["tcp", "TCP"],
  ["udp", "UDP"],
  ["sctp", "SCTP"],
]);
const proxyPorts: ReadonlySet<number> = new Set([ownPorts.management, ownPorts.workload, ownPorts.proxyObservability]);
const maxPort = 65_535;
const everyAddress = new Set(["", "0.0.0.0", "::"]);

/**
 * Reads `ExposedPorts` and `HostConfig.PortBindings`. An exposed port is offered under its own number, a binding under
 * its host port; a binding wins over an exposed port of the same number and protocol.
 */
export function readPorts(fields: PortFields, problems: Problems): Ports {
  if (hasTooMany(fields, problems)) return { ports: [], servicePorts: [] };
  const { exposed, bound } = fields;
  const containerPorts = new Map<string, ContainerPort>();
  const services = new Map<string, ServicePort>();
  for (const [key, field] of exposed?.entries() ?? []) {
    for (const port of readContainerPorts(key, field, problems)) {
      containerPorts.set(keyOf(port), port);
      services.set(keyOf(port), { ...port, target: port.port });
    }
  }
  for (const [key, field] of bound?.entries() ?? []) {
    const targets = readContainerPorts(key, field, problems);
    for (const target of targets) containerPorts.set(keyOf(target), target);
    if (targets.length === 0) continue;
    for (const service of readBindings(targets, field, problems)) services.set(keyOf(service), service);
  }
  return { ports: inOrder(containerPorts), servicePorts: inOrder(services) };
}

/** A range is short to write: what it stands for is counted, and none of it made, until all of it may be there. */
function hasTooMany({ exposed, bound, names }: PortFields, problems: Problems): boolean {
  const ofExposed = (exposed?.entries() ?? []).map(([key]) => lengthOf(key));
  const ofBound = (bound?.entries() ?? []).map(
    ([key, { value }]) => lengthOf(key) * (Array.isArray(value) ? Math.max(1, value.length) : 1),
  );
  const count = [...ofExposed, ...ofBound].reduce((sum, length) => sum + length, 0);
  problems.work.ports += count * (1 + names.length);
  const path = (bound ?? exposed)?.path ?? "";
  return exceeds(limits.ports, path, count, problems) || problems.work.ports > limits.allPorts.most;
}

function lengthOf(key: string): number {
  const [numbers] = key.split("/");
  const range = rangeIn(numbers);
  return range === undefined ? 0 : range.last - range.first + 1;
}

/** `5671/tcp`, `5671`, `53/udp`, or a range: `5000-5010/udp`. */
function readContainerPorts(key: string, field: Field, problems: Problems): readonly ContainerPort[] {
  const [numbers = "", name = "tcp", ...more] = key.split("/");
  const protocol = protocols.get(name.toLowerCase());
  const range = more.length > 0 ? undefined : rangeIn(numbers);
  if (protocol === undefined || range === undefined) {
    if (refusePlaceholder(field.path, key, problems)) return [];
    problems.error(
      field.path,
      say`${shown(key)} is not a port`,
      'Write a number from 1 to 65535 and a protocol: "5671/tcp".',
    );
    return [];
  }
  if (exceeds(limits.portRange, field.path, range.last - range.first + 1, problems)) return [];
  const ports = numbersOf(range);
  const taken = protocol === "TCP" ? ports.find((port) => proxyPorts.has(port)) : undefined;
  if (taken === undefined) return ports.map((port) => ({ port, protocol }));
  problems.error(
    field.path,
    say`port ${taken} is taken by the proxy in the same pod`,
    "Let the module listen on another port.",
  );
  return [];
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** `5000`, or `5000-5010`. */
function rangeIn(text: unknown): Range | undefined {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(plainText(text)) ?? [];
  const [first, last] = [portNumber(from ?? text), portNumber(to ?? text)];
  return first === undefined || last === undefined || first > last ? undefined : { first, last };
}

function numbersOf({ first, last }: Range): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A list of `{"HostPort": "443"}`; with no host port, or an empty list, the container's own number. */
function readBindings(targets: readonly ContainerPort[], field: Field, problems: Problems): readonly ServicePort[] {
  const { value } = field;
  if (value === null || (Array.isArray(value) && value.length === 0)) return sameOf(targets, true);
  if (!Array.isArray(value)) {
    problems.error(field.path, say`${shown(value)} is not a list`, 'Write a list such as [{"HostPort": "443"}].');
    return [];
  }
  if (exceeds(limits.entries, field.path, value.length, problems)) return [];
  problems.work.read += value.length;
  return value.flatMap((item, index) =>
    readBinding(targets, { path: `${field.path}[${index}]`, value: item }, problems),
  );
}

function sameOf(targets: readonly ContainerPort[], onHost: boolean): readonly ServicePort[] {
  return targets.map((target) => ({ ...target, target: target.port, ...(onHost ? { onHost } : {}) }));
}

function readBinding(targets: readonly ContainerPort[], field: Field, problems: Problems): readonly ServicePort[] {
  const reader = ObjectReader.open(field, problems, { ignoreCase: true });
  if (reader === undefined) return [];
  const onHost = !isLoopback(reader);
  warnOfAddress(reader, problems);
  const hostPort = reader.take("HostPort");
  reader.warnOfRest();
  if (hostPort === undefined || hostPort.value === "") return sameOf(targets, onHost);
  const range = rangeIn(hostPort.value);
  if (range === undefined) {
    problems.error(hostPort.path, say`${shown(hostPort.value)} is not a port`, "Write a number from 1 to 65535.");
    return [];
  }
  const count = range.last - range.first + 1;
  if (count !== targets.length) {
    const message = say`${shown(hostPort.value)} is ${fixed(count)} ports for ${fixed(targets.length)} of the container`;
    problems.error(hostPort.path, message, "Write as many host ports as the container has.");
    return [];
  }
  return targets.map(({ port: target, protocol }, index) => ({
    port: range.first + index,
    protocol,
    target,
    ...(onHost ? { onHost } : {}),
  }));
}

/** What Docker binds to the loopback is not for others. */
function isLoopback(reader: ObjectReader): boolean {
  const address = plainText(reader.take("HostIp")?.value ?? "");
  return address.startsWith("127.") || address === "::1";
}

function warnOfAddress(reader: ObjectReader, problems: Problems): void {
  const address = reader.take("HostIp");
  if (address === undefined || everyAddress.has(plainText(address.value))) return;
  problems.warn(
    address.path,
    say`${shown(address.value)} has no effect: a Service has an address of its own`,
    "Leave HostIp out.",
  );
}

function portNumber(value: unknown): number | undefined {
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return Number.isInteger(port) && Number(port) >= 1 && Number(port) <= maxPort ? Number(port) : undefined;
}

function keyOf({ port, protocol }: ContainerPort): string {
  return `${port}/${protocol}`;
}

function inOrder<Port extends ContainerPort>(ports: ReadonlyMap<string, Port>): readonly Port[] {
  return [...ports.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}
