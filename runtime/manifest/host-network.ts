import { createHash } from "node:crypto";
import { ports as ownPorts } from "#contract";
import type { Module, ProxyPorts } from "./manifest.ts";
import { fixed, say } from "./message.ts";
import { type Problems, pathOfModule } from "./problems.ts";

/** Below the ports that Kubernetes gives to Services at nodes, and those that Linux gives to connections. */
const first = { workload: 21_000, observability: 22_000 } as const;
const slots = 1000;
/** Those that proxies have there, whichever installation they are of. */
export const proxyPortsOnNode = { first: first.workload, last: first.observability + slots - 1 } as const;

const onNode = (modules: readonly Module[]) => modules.filter(({ privileges }) => privileges.hostNetwork);

/** Says which modules on their node's network cannot share a node. */
export function checkHostNetwork(modules: readonly Module[], problems: Problems): void {
  const sharing = onNode(modules);
  if (sharing.length > slots / 2) {
    problems.error("modules", say`has ${fixed(sharing.length)} modules on the network of their node`, "Use fewer.");
    return;
  }
  warnOfSharedPorts(sharing, problems);
}

/** On one network, a port is one module's. Which node each comes to, nobody knows before. */
function warnOfSharedPorts(sharing: readonly Module[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { id, container } of sharing) {
    for (const { port, protocol } of container.ports) {
      const key = `${port}/${protocol}`;
      const other = owners.get(key);
      owners.set(key, other ?? id);
      if (other === undefined) continue;
      problems.warn(
        pathOfModule(id),
        say`listens on port ${port} of its node, as ${other} does: the two cannot share one`,
        "Give one of the two another port, or nodes of its own.",
      );
    }
  }
}

/**
 * Gives each module on its node's network ports of its own for the proxy, so that it can share a node with others: those
 * of its installation, and those of other installations, which may have the same ids.
 */
export function settleProxyPorts(
  modules: readonly Module[],
  { namespace, name }: { readonly namespace: string; readonly name: string },
): readonly Module[] {
  const sharing = onNode(modules);
  const taken = new Set(sharing.flatMap(({ container }) => container.ports.map(({ port }) => port)));
  const chosen = new Map<string, ProxyPorts>();
  // In the order of their ids, so that it does not matter how the manifest is sorted.
  for (const { id } of sharing.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    let slot = slotOf(JSON.stringify([namespace, name, id]));
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

function slotOf(text: string): number {
  return Number.parseInt(createHash("sha256").update(text, "utf8").digest("hex").slice(0, 8), 16) % slots;
}

/** Where a module's proxy listens. */
export function proxyPortsOf({ proxyPorts }: Pick<Module, "proxyPorts">): ProxyPorts {
  return proxyPorts ?? { workload: ownPorts.workload, observability: ownPorts.proxyObservability };
}
