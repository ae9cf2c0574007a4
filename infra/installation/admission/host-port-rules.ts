import type { ModuleSettings } from "#contract";
import { openPorts, type PortRange, portsOfNode, portsOfNodeItself, proxyPortsOnNode } from "#manifest";
import { eachOf, every, ifPresent, present, some } from "./cel.ts";
import type { Rule } from "./rule.ts";

const pod = "variables.pod";

/** Ports of the node that pods may have: those that the policy opens, where the installation lets modules have any. */
export function hostPortRule({ policy, hostPorts }: ModuleSettings): Rule {
  const open = openPorts(policy);
  const ports = (containers: string, expression: string) =>
    `${containers}.all(container, ${eachOf("container.ports", "port", expression)})`;
  const none = ifPresent("port.hostPort", "port.hostPort == 0");
  const plain = every([
    ports(
      `${pod}.containers`,
      hostPorts === "HostPort"
        ? ifPresent("port.hostPort", some(["port.hostPort == 0", isAmong("port.hostPort", open)]))
        : none,
    ),
    ports("variables.initContainers", none),
  ]);
  // On the node's network what a container listens at is the node's, whether it says so or not.
  const onNode = (ranges: readonly PortRange[]) =>
    every([isAmong("port.containerPort", ranges), ifPresent("port.hostPort", "port.hostPort == port.containerPort")]);
  const shared = every([
    ports(`${pod}.containers`, onNode(open)),
    ports("variables.initContainers", onNode([proxyPortsOnNode])),
  ]);
  const isShared = present(`${pod}.hostNetwork`, `${pod}.hostNetwork`);
  return {
    expression: policy.hostNetwork ? `(${isShared}) ? (${shared}) : (${plain})` : plain,
    message: "a module takes only those ports of its node that edgeAgent.hostPorts and policy.hostPorts allow",
  };
}

/** Where nodes are the load balancer, its ports are theirs. */
export function balancerPortRule({ policy }: ModuleSettings): Rule {
  const spec = "dyn(object).spec";
  const open = openPorts(policy);
  const port = some([`!(${isAmong("port.port", portsOfNode)})`, isAmong("port.port", open)]);
  return {
    expression: some([
      'request.resource.resource != "services"',
      'request.operation == "DELETE"',
      `!has(${spec}.type)`,
      `${spec}.type != "LoadBalancer"`,
      eachOf(`${spec}.ports`, "port", port),
    ]),
    message:
      "a module has no port of a load balancer that is the nodes' own, unless edgeAgent.policy.hostPorts names it",
  };
}

/** A port of every node that a Service has: none of what the nodes have themselves, whatever range the cluster lets have. */
export function nodePortRule({ policy }: ModuleSettings): Rule {
  const port = some([
    "port.nodePort == 0",
    `!(${isAmong("port.nodePort", portsOfNodeItself)})`,
    isAmong("port.nodePort", openPorts(policy)),
  ]);
  return {
    expression: some([
      'request.resource.resource != "services"',
      'request.operation == "DELETE"',
      eachOf("dyn(object).spec.ports", "port", ifPresent("port.nodePort", port)),
    ]),
    message:
      "a module's Service has no port of the nodes that is their own, unless edgeAgent.policy.hostPorts names it",
  };
}

function isAmong(port: string, ranges: readonly PortRange[]): string {
  return some(
    ranges.map(({ first, last }) =>
      first === last ? `${port} == ${first}` : `${port} >= ${first} && ${port} <= ${last}`,
    ),
  );
}
