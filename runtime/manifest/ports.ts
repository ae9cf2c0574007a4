import { ports as ownPorts } from "#contract";
import { exceeds, limits } from "./limits.ts";
import type { ContainerPort, Protocol, ServicePort } from "./module-options.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { type Problems, plainText, shown } from "./problems.ts";

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
export function readPorts(
  exposed: ObjectReader | undefined,
  bound: ObjectReader | undefined,
  problems: Problems,
): Ports {
  const containerPorts = new Map<string, ContainerPort>();
  const services = new Map<string, ServicePort>();
  for (const [key, field] of exposed?.entries() ?? []) {
    const port = readContainerPort(key, field, problems);
    if (port === undefined) continue;
    containerPorts.set(keyOf(port), port);
    services.set(keyOf(port), { ...port, target: port.port });
  }
  for (const [key, field] of bound?.entries() ?? []) {
    const target = readContainerPort(key, field, problems);
    if (target === undefined) continue;
    containerPorts.set(keyOf(target), target);
    for (const service of readBindings(target, field, problems)) services.set(keyOf(service), service);
  }
  return { ports: inOrder(containerPorts), servicePorts: inOrder(services) };
}

/** `5671/tcp`, `5671` or `53/udp`. */
function readContainerPort(key: string, field: Field, problems: Problems): ContainerPort | undefined {
  const [number = "", name = "tcp", ...more] = key.split("/");
  const protocol = protocols.get(name.toLowerCase());
  const port = portNumber(number);
  if (protocol === undefined || port === undefined || more.length > 0) {
    problems.error(
      field.path,
      `${shown(key)} is not a port`,
      'Write a number from 1 to 65535 and a protocol: "5671/tcp".',
    );
    return undefined;
  }
  if (protocol === "TCP" && proxyPorts.has(port)) {
    problems.error(
      field.path,
      `port ${port} is taken by the proxy in the same pod`,
      "Let the module listen on another port.",
    );
    return undefined;
  }
  return { port, protocol };
}

/** A list of `{"HostPort": "443"}`; with no host port, or an empty list, the container's own number. */
function readBindings(target: ContainerPort, field: Field, problems: Problems): readonly ServicePort[] {
  const same = { ...target, target: target.port };
  const { value } = field;
  if (value === null || (Array.isArray(value) && value.length === 0)) return [same];
  if (!Array.isArray(value)) {
    problems.error(field.path, `${shown(value)} is not a list`, 'Write a list such as [{"HostPort": "443"}].');
    return [];
  }
  if (exceeds(limits.entries, field.path, value.length, problems)) return [];
  problems.work.read += value.length;
  return value.flatMap((item, index) => {
    const reader = ObjectReader.open({ path: `${field.path}[${index}]`, value: item }, problems, { ignoreCase: true });
    if (reader === undefined) return [];
    warnOfAddress(reader, problems);
    const hostPort = reader.take("HostPort");
    reader.warnOfRest();
    if (hostPort === undefined || hostPort.value === "") return [same];
    const port = portNumber(hostPort.value);
    if (port !== undefined) return [{ port, protocol: target.protocol, target: target.port }];
    problems.error(hostPort.path, `${shown(hostPort.value)} is not a port`, "Write a number from 1 to 65535.");
    return [];
  });
}

function warnOfAddress(reader: ObjectReader, problems: Problems): void {
  const address = reader.take("HostIp");
  if (address === undefined || everyAddress.has(plainText(address.value))) return;
  problems.warn(
    address.path,
    `${shown(address.value)} has no effect: a Service has an address of its own`,
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
