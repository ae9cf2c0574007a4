import { readFileSync } from "node:fs";

/** Memory of processes in bytes. */
export interface Memory {
  /** The sum of what each has in RAM; what several share is counted for each. */
  readonly rss: number;
  /** What they have in RAM, each page divided by the number of processes of the machine that share it. */
  readonly pss: number;
}

const ticksPerSecond = 100;

/** Seconds of CPU that the processes used so far, in steps of 10 ms. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before the last parenthesis may hold blanks. After it, `utime` and `stime` are fields 12 and 13.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return sum(ticks) / ticksPerSecond;
}

export function memoryOf(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  const bytesOf = (field: string) =>
    1024 * sum(rollups.map((text) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1])));
  return { rss: bytesOf("Rss"), pss: bytesOf("Pss") };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
