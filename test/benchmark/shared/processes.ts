import { readdirSync, readFileSync } from "node:fs";

/** Memory of processes in bytes. */
export interface Memory {
  /** The sum of what each has in RAM; what several share is counted for each. */
  readonly rss: number;
  /** What they have in RAM, each page divided by the number of processes of the machine that share it. */
  readonly pss: number;
  /** What they share with no file, and so with no other container of the same image. */
  readonly anonymous: number;
}

/** Seconds of CPU that all threads of the processes used so far, to the nanosecond: `stat` has steps of 10 ms. */
export function cpuSeconds(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`));
  const nanoseconds = threads.map((thread) => Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[0]));
  return sum(nanoseconds) / 1e9;
}

export function memoryOf(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  const bytesOf = (field: string) =>
    1024 * sum(rollups.map((text) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1])));
  return { rss: bytesOf("Rss"), pss: bytesOf("Pss"), anonymous: bytesOf("Anonymous") };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
