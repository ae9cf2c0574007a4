import { moduleSelector } from "#contract";
import type { ContainerPort, Module } from "#manifest";
import type { Service } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";

/** The Service by which others reach the module; undefined when it asks for no port. */
export function serviceOf(module: Module, installation: Installation): Service | undefined {
  const { type, loadBalancerIP, ports } = module.service;
  if (ports.length === 0) return undefined;
  const name = objectNameOf(module.id, installation);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: moduleMetadata(installation, name, module.id),
    spec: {
      type,
      ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
      selector: moduleSelector(installation.identity.installation.name, name),
      ports: ports.map((port) => ({
        name: portName(port),
        port: port.port,
        protocol: port.protocol,
        targetPort: port.target,
        ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
      })),
    },
  };
}

/** `tcp-5671`: unique within a pod or Service, and at most 15 characters. */
export function portName({ port, protocol }: ContainerPort): string {
  return `${protocol.toLowerCase()}-${port}`;
}
