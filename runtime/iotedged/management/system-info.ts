import type { Clock } from "#base";
import { type ApiClient, clusterPath, listPages, type Node, nodes, version } from "#shared";
import { unavailable } from "../http-error.ts";
import type { SystemInfo } from "./module-schemas.ts";
import type { Machine } from "./system-resources.ts";

/** How long a count of nodes is told again: clients ask often, and clusters have many nodes. */
const freshFor = 30_000;
const pageSize = 500;
const unsupported = "Not supported on k8s";

/**
 * Gives the system info, in the shape that IoT Edge on Kubernetes had.
 *
 * @param options.client to list nodes with; undefined where nodes may not be listed
 */
export function createSystemInfo(options: {
  readonly client: ApiClient | undefined;
  readonly machine: Pick<Machine, "kernel" | "processors" | "totalMemory">;
  readonly clock: Clock;
}): () => Promise<SystemInfo> {
  const { client, machine, clock } = options;
  let counted: { readonly at: number; readonly architecture: Promise<string> } | undefined;

  async function architecture(): Promise<string> {
    if (client === undefined) return "Kubernetes";
    if (counted === undefined || clock.now() - counted.at >= freshFor) {
      counted = { at: clock.now(), architecture: listArchitectures(client).then(architectureText) };
    }
    const count = counted;
    try {
      return await count.architecture;
    } catch (error) {
      if (counted === count) counted = undefined;
      throw unavailable("unavailable", "The nodes cannot be listed at present, try again", error);
    }
  }

  return async () => ({
    osType: "Kubernetes",
    architecture: await architecture(),
    version,
    provisioning: { type: unsupported, dynamicReprovisioning: false, alwaysReprovisionOnStartup: true },
    server_version: unsupported,
    kernel_version: machine.kernel(),
    operating_system: unsupported,
    cpus: machine.processors(),
    total_memory: machine.totalMemory(),
    virtualized: "unknown",
  });
}

async function listArchitectures(client: ApiClient): Promise<string[]> {
  const found: string[] = [];
  for await (const { items } of listPages<Node>(client, { path: clusterPath(nodes), size: pageSize })) {
    found.push(...items.map((node) => node.status?.nodeInfo?.architecture || "unknown"));
  }
  return found;
}

/** JSON text of `[{name, nodes_count}]`, by name. */
function architectureText(architectures: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of architectures) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(sorted.map(([name, count]) => ({ name, nodes_count: count })));
}
