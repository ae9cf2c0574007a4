import { cpus, freemem, release, totalmem, uptime } from "node:os";
import type { SystemResources } from "./module-schemas.ts";

/** What the kernel tells of the node and of this process. Times in seconds, memory in bytes. */
export interface Machine {
  /** Release of the kernel, such as `6.12.9`. */
  kernel(): string;
  processors(): number;
  nodeUptime(): number;
  processUptime(): number;
  totalMemory(): number;
  /** What could be given to a process without swapping. */
  availableMemory(): number;
  /** Time that all processors together spent since the node's start, in any one unit. */
  processorTime(): { readonly idle: number; readonly total: number };
}

export const thisMachine: Machine = {
  kernel: release,
  processors: () => cpus().length,
  nodeUptime: uptime,
  processUptime: () => process.uptime(),
  totalMemory: totalmem,
  availableMemory: freemem,
  processorTime: () => {
    const times = cpus().map((cpu) => cpu.times);
    const total = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
    return { idle: times.reduce((sum, { idle }) => sum + idle, 0), total };
  },
};

/** Gives the figures of the node that this replica runs on; of its processors since the call before. */
export function createSystemResources(machine: Machine): () => SystemResources {
  let last = machine.processorTime();

  function usedProcessors(): number {
    const now = machine.processorTime();
    const total = now.total - last.total;
    const idle = now.idle - last.idle;
    last = now;
    return total <= 0 ? 0 : Math.round(((total - idle) / total) * 1000) / 10;
  }

  return () => ({
    host_uptime: Math.floor(machine.nodeUptime()),
    process_uptime: Math.floor(machine.processUptime()),
    used_cpu: usedProcessors(),
    used_ram: machine.totalMemory() - machine.availableMemory(),
    total_ram: machine.totalMemory(),
    disks: [],
    docker_stats: "",
  });
}
