import type { ModulePolicy } from "#contract";
import { fixed, say } from "./message.ts";
import type { ContainerPort, ServiceOptions } from "./module-options.ts";
import { isAmong, openPorts, ownerOnNode, portsOfNodeItself } from "./open-ports.ts";
import type { Problems } from "./problems.ts";

/** What a module has of nodes' ports. */
interface Ports {
  /** Where the manifest binds or exposes them. */
  readonly path: string;
  readonly ports: readonly ContainerPort[];
  readonly service: Pick<ServiceOptions, "type" | "published" | "ports">;
  /** Where the manifest chooses ports of every node for its Service. */
  readonly servicePath: string;
  readonly hostNetwork: boolean;
}

/** Refuses ports of the node, and of a load balancer that may be one, that the policy does not open. */
export function refuseHostPorts(wanted: Ports, policy: ModulePolicy, problems: Problems): void {
  const open = openPorts(policy);
  const refuse = (path: string, ports: readonly number[]) =>
    refusePorts(
      path,
      ports.filter((port) => !isAmong(port, open)),
      problems,
    );
  // What is the load balancer's own, nobody else has: below 1024, too.
  refuse(wanted.path, [...ofNode(wanted), ...ofBalancer(wanted).filter((port) => ownerOnNode(port) !== undefined)]);
  const chosen = wanted.service.ports.flatMap(({ nodePort }) => nodePort ?? []);
  // Which other ports there are, the cluster decides by its range for Services.
  refuse(
    wanted.servicePath,
    chosen.filter((port) => isAmong(port, portsOfNodeItself)),
  );
}

function refusePorts(path: string, refused: readonly number[], problems: Problems): void {
  for (const port of new Set(refused)) {
    if (problems.hasAllErrors) return;
    const owner = ownerOnNode(port);
    problems.forbid(
      path,
      say`port ${port} of the node ${fixed(owner === undefined ? "is none that modules may take" : `is that of ${owner}`)}`,
      { field: "hostPorts", port },
    );
  }
}

/** On the node's network, what a module listens at is the node's port. */
function ofNode({ ports, service, hostNetwork }: Ports): readonly number[] {
  if (hostNetwork) return ports.map(({ port }) => port);
  if (service.published !== "HostPort") return [];
  return service.ports.filter(({ onHost }) => onHost).map(({ port }) => port);
}

/** Where nodes are the load balancer, as in k3s, its port is theirs. */
function ofBalancer({ service }: Ports): readonly number[] {
  if (service.type === "LoadBalancer") return service.ports.map(({ port }) => port);
  return service.published === "LoadBalancer"
    ? service.ports.filter(({ onHost }) => onHost).map(({ port }) => port)
    : [];
}
