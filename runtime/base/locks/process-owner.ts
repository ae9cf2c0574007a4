import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { isJsonObject, parseJson } from "../json.ts";
import { readStat } from "../process-table.ts";

/** Identifies a process for good: pids are used again, and machines restart. */
export interface ProcessOwner {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the kernel's ticks; empty where the kernel does not tell. */
  readonly startTime: string;
  /** Changes with each start of the machine; empty where the kernel does not tell. */
  readonly bootId: string;
}

export interface Processes {
  readonly self: ProcessOwner;
  /** Whether a process of this machine still runs. */
  isAlive(owner: ProcessOwner): boolean;
}

/** Processes of this machine. */
export function systemProcesses(): Processes {
  const bootId = readBootId();
  const startTime = readStat(process.pid)?.startTime ?? "";
  return {
    self: { host: hostname(), pid: process.pid, startTime, bootId },
    isAlive: (owner) => {
      if (owner.bootId !== bootId) return false;
      if (bootId === "") return answersSignals(owner.pid);
      return readStat(owner.pid)?.startTime === owner.startTime;
    },
  };
}

/** What a lock says of its owner, as JSON; undefined where it says nothing of the kind. */
export function parseOwner(text: string): ProcessOwner | undefined {
  const owner = parseJson(text);
  return isOwner(owner) ? owner : undefined;
}

/** By hand: a schema library would be loaded by every command that takes a lock, or none. */
function isOwner(value: unknown): value is ProcessOwner {
  if (!isJsonObject(value)) return false;
  const { host, pid, startTime, bootId } = value;
  const isText = (text: unknown, longest: number) => typeof text === "string" && text.length <= longest;
  return Number.isInteger(pid) && Number(pid) >= 1 && isText(host, 253) && isText(startTime, 20) && isText(bootId, 64);
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Whether a process of this machine has that pid; true where that cannot be found out. */
export function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
