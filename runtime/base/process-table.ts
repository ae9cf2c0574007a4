import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process as the kernel describes it in `/proc/<pid>/stat`. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** One letter; `Z` is a process that has ended and was not yet waited for. */
  readonly state: string;
  /** When it started, in clock ticks since the machine did. With the pid it identifies a process for good. */
  readonly startTime: string;
}

/**
 * Parses a line of `/proc/<pid>/stat`.
 *
 * @returns undefined if the text is no such line
 */
export function parseStat(text: string): ProcessStat | undefined {
  // The command's name stands in parentheses and may itself hold spaces and parentheses: the last one closes it.
  const close = text.lastIndexOf(")");
  const pid = /^(\d{1,10}) \(/.exec(text)?.[1];
  if (close < 0 || pid === undefined) return undefined;
  const fields = text.slice(close + 2).split(" ");
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]];
  if (!state || !/^\d{1,10}$/.test(parent ?? "") || !/^\d{1,20}$/.test(startTime ?? "")) return undefined;
  return { pid: Number(pid), parent: Number(parent), state, startTime: startTime ?? "" };
}

/**
 * The process `pid`, unless it has ended. One of many threads has ended only with the last of them: until then its
 * files and ports are in use, although the kernel already calls the process, that is its first thread, a zombie.
 */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readProcFile(pid, "stat");
  const stat = text === undefined ? undefined : parseStat(text);
  if (stat && hasEnded(stat.state)) return otherThreadsRun(pid) ? stat : undefined;
  return stat;
}

const hasEnded = (state: string) => state === "Z" || state === "X";

function otherThreadsRun(pid: number): boolean {
  return threadsOf(pid).some((thread) => {
    const text = thread === String(pid) ? undefined : readProcFile(pid, `task/${thread}/stat`);
    const stat = text === undefined ? undefined : parseStat(text);
    return stat !== undefined && !hasEnded(stat.state);
  });
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** All processes that this user can see. */
export function listProcesses(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => readStat(Number(entry)) ?? []);
}

/** The environment of a process; empty if it has ended or belongs to somebody else. */
export function readEnvironment(pid: number): string[] {
  return readProcFile(pid, "environ")?.split("\0") ?? [];
}

/** What a process runs, for people: the path of its file, or its name where the path cannot be read. */
export function describeProcess(pid: number): string {
  try {
    return `${readlinkSync(`/proc/${pid}/exe`)} (pid ${pid})`;
  } catch {
    return `${readProcFile(pid, "comm")?.trim() ?? "a process"} (pid ${pid})`;
  }
}

/** `roots` and all that they started, children before their parents. */
export function withDescendants(roots: readonly number[], all: readonly ProcessStat[]): number[] {
  const children = Map.groupBy(all, (each) => each.parent);
  const found = new Set<number>();
  const visit = (pid: number) => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) visit(child.pid);
  };
  for (const root of roots) visit(root);
  return [...found].reverse();
}

function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
