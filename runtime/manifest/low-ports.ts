import type { ModuleUser } from "#contract";
import { say } from "./message.ts";
import type { ContainerOptions } from "./module-options.ts";
import type { Privileges } from "./namespace-border.ts";
import type { Problems } from "./problems.ts";

/** Ports from here on are anybody's on a node. */
const firstFreePort = 1024;

/** Whether a node keeps the port for root. */
export function isLowPort(port: number): boolean {
  return port < firstFreePort;
}

/** What decides whether a module can take a port. */
interface Listener {
  /** Where the manifest names its ports. */
  readonly path: string;
  readonly container: ContainerOptions;
  readonly privileges: Privileges;
  /** The user of modules that name none. */
  readonly defaultUser: ModuleUser;
}

/** Warns of ports that a module on its node's network cannot take: no pod may change what its node keeps for root. */
export function warnOfLowPorts({ path, container, privileges, defaultUser }: Listener, problems: Problems): void {
  const user = container.user ?? (privileges.privileged ? "docker" : defaultUser);
  const mayBeRoot = user === "docker" || (typeof user === "object" && user.uid === 0);
  const low = container.ports.filter(({ port }) => isLowPort(port)).map(({ port }) => port);
  if (!privileges.hostNetwork || mayBeRoot || low.length === 0) return;
  problems.warn(
    path,
    say`port ${[...new Set(low)].join(", ")} of the node can be taken by root alone, or by a program whose file has NET_BIND_SERVICE`,
    'Let the module listen above 1023, or leave the node\'s network, or write "User": "root" where edgeAgent.policy.root allows it.',
  );
}
