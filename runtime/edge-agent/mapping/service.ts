import { moduleSelector, publishedServiceName } from "#contract";
import type { ContainerPort, Module, ServicePort } from "#manifest";
import type { Service } from "#shared";
import { type Installation, moduleMetadata, objectNameOf } from "./installation.ts";

/**
 * The Services by which others reach the module: one of its objects' name, and one for each further name of it. Where it
 * asks for no port, the name leads to the pods themselves, as it does among Docker's containers.
 */
export function servicesOf(module: Module, installation: Installation): readonly Service[] {
  const { service } = module;
  const name = objectNameOf(module.id, installation);
  const make = (own: string, spec: Spec) => serviceOf(own, spec, module, installation);
  const further = [
    ...service.names.map((own) => make(own, among(withOwnPorts(module)))),
    ...publication(module).map((spec) => make(publishedServiceName(name), spec)),
  ];
  // Nobody looks for a name with a hash where there is a better one.
  if (service.ports.length === 0 && further.length > 0) return further;
  return [make(name, service.ports.length === 0 ? among([]) : offered(module)), ...further];
}

const headless = "None";

type Spec = NonNullable<Service["spec"]>;

function serviceOf(name: string, spec: Spec, { id }: Module, installation: Installation): Service {
  const module = objectNameOf(id, installation);
  const metadata = moduleMetadata(installation, module, id);
  const selector = moduleSelector(installation.identity.installation.name, module);
  const { ports, ...rest } = spec;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, name },
    // With one address of each family that the cluster has: by Kubernetes' own default it would have one of the first.
    spec: { ...rest, ipFamilyPolicy: "PreferDualStack", selector, ...(ports === undefined ? {} : { ports }) },
  };
}

function offered(module: Module): Spec {
  const { type, loadBalancerIP, ports } = module.service;
  // Where each port takes one of every node, the module has those that it asks for.
  if (type === "ClusterIP") return among(withOwnPorts(module));
  return { type, ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }), ports: ports.map(portOf) };
}

/** What is reached from outside has a Service of its own: that of the module's name stays as other modules know it. */
function publication({ service }: Module): readonly Spec[] {
  const { published, ports } = service;
  if (published === undefined || published === "HostPort") return [];
  return [{ type: published, ports: ports.filter(({ onHost }) => onHost).map(portOf) }];
}

/** What other pods see: ports of nodes are those of the Service that chooses them. */
function among(ports: readonly ServicePort[]): Spec {
  return ports.length === 0
    ? { type: "ClusterIP", clusterIP: headless }
    : { type: "ClusterIP", ports: ports.map(({ nodePort: _, ...port }) => portOf(port)) };
}

/** The ports that the module offers, and those that it listens on: Docker's containers reach each other by the latter. */
function withOwnPorts({ service, container }: Module): readonly ServicePort[] {
  const isTaken = ({ port, protocol }: ContainerPort) =>
    service.ports.some((one) => one.port === port && one.protocol === protocol);
  const own = container.ports.filter((one) => !isTaken(one)).map((one) => ({ ...one, target: one.port }));
  return [...service.ports, ...own].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

function portOf(port: ServicePort) {
  return {
    name: portName(port),
    port: port.port,
    protocol: port.protocol,
    targetPort: port.target,
    ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }),
  };
}

/** Whether a Service leads to the pods themselves: a Service never changes from one to the other. */
export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === headless;
}

/** `tcp-5671`: unique within a pod or Service, and at most 15 characters. */
export function portName({ port, protocol }: ContainerPort): string {
  return `${protocol.toLowerCase()}-${port}`;
}
