import type { Module } from "./manifest.ts";
import { say } from "./message.ts";
import { type Problems, pathOf, pathOfModule, shown } from "./problems.ts";

/** Refuses a port of every node that two Services would have, or one of them twice for the same protocol. */
export function checkNodePorts(modules: readonly Module[], problems: Problems): void {
  const owners = new Map<number, string>();
  for (const { id, service } of modules) {
    const own = new Set<string>();
    for (const { nodePort, protocol } of service.ports) {
      if (nodePort === undefined) continue;
      const options = `${pathOfModule(id)}.settings.createOptions.k8s-experimental.serviceOptions`;
      const path = () => pathOf(options, "nodePorts");
      const other = owners.get(nodePort) ?? id;
      owners.set(nodePort, other);
      const key = `${nodePort}/${protocol}`;
      if (other !== id) {
        const message = say`${nodePort} is the port of every node that module ${shown(other)} chooses, too`;
        problems.error(path(), message, "Choose another one.");
      } else if (own.has(key)) {
        problems.error(path(), say`${nodePort} is given to two ports of one protocol`, "Choose another one.");
      }
      own.add(key);
    }
  }
}
