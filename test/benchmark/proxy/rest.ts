import { listProcesses, withDescendants } from "../../../runtime/base/process-table.ts";
import type { RunningProxy } from "../../../runtime/proxy/test/proxy.ts";
import { type Memory, memoryOf } from "../shared/processes.ts";
import { residentBytes } from "./resident-pages.ts";

/** Pids of the proxy's process, and of what it may have started. */
export function processesOf(proxy: RunningProxy): number[] {
  return withDescendants([proxy.process.pid ?? 0], listProcesses());
}

/** Memory of all processes of the proxy. What counts is `resident`: what its container would be charged with. */
export function restOf(proxy: RunningProxy): Memory & { readonly resident: number } {
  const pids = processesOf(proxy);
  const memory = memoryOf(pids);
  // Where it cannot be told, the sum that counts shared pages several times is the stricter judge.
  return { ...memory, resident: residentBytes(pids) ?? memory.rss };
}
