import { createHash } from "node:crypto";
import { ports as ownPorts } from "#contract";
import type { Module, ProxyPorts } from "./manifest.ts";
import { type Problems, pathOf } from "./problems.ts";

/** Below the ports that Kubernetes gives to Services at nodes, and those that Linux gives to connections. */
const first = { workload: 21_000, observability: 22_000 } as const;
const slots = 1000;

/**
 * Gives each module on its node's network ports of its own for the proxy, so that several can share a node. A single one
 * keeps those that every proxy has.
 */
export function settleProxyPorts(modules: readonly Module[], problems: Problems): readonly Module[] {
  const sharing = modules.filter(({ privileges }) => privileges.hostNetwork);
  if (sharing.length < 2) return modules;
  if (sharing.length > slots / 2) {
    problems.error("modules", `has ${sharing.length} modules on the network of their node`, "Use fewer.");
    return modules;
  }
  refuseSharedPorts(sharing, problems);
  const taken = new Set(sharing.flatMap(({ container }) => container.ports.map(({ port }) => port)));
  const chosen = new Map<string, ProxyPorts>();
  // In the order of their ids, so that it does not matter how the manifest is sorted.
  for (const { id } of sharing.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    let slot = Number.parseInt(createHash("sha256").update(id, "utf8").digest("hex").slice(0, 8), 16) % slots;
    while (taken.has(first.workload + slot) || taken.has(first.observability + slot)) slot = (slot + 1) % slots;
    const ports = { workload: first.workload + slot, observability: first.observability + slot };
    for (const port of Object.values(ports)) taken.add(port);
    chosen.set(id, ports);
  }
  return modules.map((module) => {
    const proxyPorts = chosen.get(module.id);
    return proxyPorts === undefined ? module : { ...module, proxyPorts };
  });
}

/** On one network, a port is one module's. Which node each comes to, nobody knows before. */
function refuseSharedPorts(sharing: readonly Module[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { id, container } of sharing) {
    for (const { port, protocol } of container.ports) {
      const key = `${port}/${protocol}`;
      const other = owners.get(key);
      owners.set(key, other ?? id);
      if (other === undefined) continue;
      problems.warn(
        pathOf("modules", id),
        `listens on port ${port} of its node, as ${other} does: the two cannot share one`,
        "Give one of the two another port, or nodes of its own.",
      );
    }
  }
}

/** Where a module's proxy listens. */
export function proxyPortsOf({ proxyPorts }: Pick<Module, "proxyPorts">): ProxyPorts {
  return proxyPorts ?? { workload: ownPorts.workload, observability: ownPorts.proxyObservability };
}
