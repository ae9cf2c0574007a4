import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const pageBytes = 4096;
const entryBytes = 8;
const isPresent = 1n << 63n;
const frameMask = (1n << 55n) - 1n;

/**
 * Bytes of RAM that the processes have together, each page counted once however many of them share it.
 *
 * @returns undefined where the kernel does not tell page frames: to others than root
 */
export function residentBytes(pids: readonly number[]): number | undefined {
  const frames = new Set(pids.flatMap(framesOf));
  return frames.has(0n) ? undefined : frames.size * pageBytes;
}

function framesOf(pid: number): bigint[] {
  const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
  try {
    return rangesOf(pid).flatMap(([start, end]) => {
      const entries = Buffer.alloc(((end - start) / pageBytes) * entryBytes);
      const length = readSync(pagemap, entries, 0, entries.length, (start / pageBytes) * entryBytes);
      return framesIn(entries.subarray(0, length));
    });
  } finally {
    closeSync(pagemap);
  }
}

/** First and last address of each mapping, without those of the kernel, which no process pays for. */
function rangesOf(pid: number): [start: number, end: number][] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n");
  return lines
    .filter((line) => !/\[v(syscall|var|var_vclock|dso)\]$/.test(line))
    .map((line) => {
      const [, start = "", end = ""] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? [];
      return [Number.parseInt(start, 16), Number.parseInt(end, 16)];
    });
}

function framesIn(entries: Buffer): bigint[] {
  const frames: bigint[] = [];
  for (let offset = 0; offset < entries.length; offset += entryBytes) {
    const entry = entries.readBigUInt64LE(offset);
    if (entry & isPresent) frames.push(entry & frameMask);
  }
  return frames;
}
