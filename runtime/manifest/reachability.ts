import type { ModuleSettings } from "#contract";
import { fixed, say } from "./message.ts";
import type { ServiceOptions, ServicePort } from "./module-options.ts";
import type { Problems } from "./problems.ts";

/** What a module says of how it is reached. */
interface Asked {
  /** Where it binds ports. */
  readonly path: string;
  readonly ports: readonly ServicePort[];
  /** Whether it chooses a type of Service itself. */
  readonly choosesType: boolean;
  readonly hostNetwork: boolean;
}

/**
 * How a module's ports are reached from outside of the cluster where it does not say so itself: as the installation has it.
 * Warns where Docker would have them at the host's addresses, and they are in the cluster alone.
 */
export function publicationOf(
  { path, ports, choosesType, hostNetwork }: Asked,
  { hostPorts }: Pick<ModuleSettings, "hostPorts">,
  problems: Problems,
): Pick<ServiceOptions, "published"> {
  const outside = ports.filter(({ onHost }) => onHost);
  if (outside.length === 0 || choosesType || hostNetwork) return {};
  if (hostPorts === undefined) {
    const numbers = outside.slice(0, 5).map(({ port }) => port);
    const more = outside.length > numbers.length ? `, and ${outside.length - numbers.length} more` : "";
    problems.warn(
      path,
      say`${fixed(outside.length === 1 ? "port" : "ports")} ${numbers.join(", ")}${fixed(more)} can be reached in the cluster alone`,
      fixed(
        'Write "k8s-experimental": {"serviceOptions": {"type": "NodePort"}}, or "ClusterIP" if that is right, or let the ' +
          "installation publish such ports by edgeAgent.hostPorts.",
      ),
    );
    return {};
  }
  if (hostPorts === "HostPort") refuseSecondBindings(path, outside, problems);
  return { published: hostPorts };
}

/** A pod's port has one port of its node. */
function refuseSecondBindings(path: string, ports: readonly ServicePort[], problems: Problems): void {
  const known = new Map<string, number>();
  for (const { port, target, protocol } of ports) {
    const other = known.get(`${target}/${protocol}`);
    if (other !== undefined) {
      const message = say`ports ${other} and ${port} of the node cannot both lead to port ${target} of a container`;
      problems.error(path, message, "Keep one of the two.");
    }
    known.set(`${target}/${protocol}`, port);
  }
}
