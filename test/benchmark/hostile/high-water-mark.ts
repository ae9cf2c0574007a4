import { readFileSync, writeFileSync } from "node:fs";

/** Most bytes of RAM that a process had since {@link resetHighWaterMark}. */
export function highWaterMark(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

export function resetHighWaterMark(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
