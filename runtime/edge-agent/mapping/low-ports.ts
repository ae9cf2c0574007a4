import type { V1PodSecurityContext } from "@kubernetes/client-node";
import { systemModuleIds } from "#contract";
import { isLowPort, type Module } from "#manifest";

const capability = "NET_BIND_SERVICE";
const portStart = "net.ipv4.ip_unprivileged_port_start";

/**
 * Whether the module listens on a port that is kept for root elsewhere. EdgeHub always does: what reaches it by its name
 * needs no binding in the manifest.
 */
function listensLow({ id, container, privileges }: Module): boolean {
  return (
    id === systemModuleIds.edgeHub ||
    privileges.capabilities.includes(capability) ||
    container.ports.some(({ port }) => isLowPort(port))
  );
}

/**
 * Capabilities of the module's container. A program whose file has one, as those of the public hub and of many proxies
 * have for these ports, cannot even be executed where the container may not have it.
 */
export function capabilitiesOf(module: Module): readonly string[] {
  const { capabilities } = module.privileges;
  return listensLow(module) ? [...new Set([...capabilities, capability])].sort() : capabilities;
}

/**
 * The pod's own part of its security context. A capability is not in force for a user other than root: that any user may
 * take the port, the pod's network has to say. That of the node is not the pod's to change.
 */
export function podSecurityOf(module: Module): V1PodSecurityContext {
  const { securityContext } = module.pod;
  const { sysctls = [] } = securityContext;
  const isSaid = sysctls.some(({ name }) => name === portStart);
  if (module.privileges.hostNetwork || isSaid || !listensLow(module)) return securityContext;
  return { ...securityContext, sysctls: [...sysctls, { name: portStart, value: "0" }] };
}
