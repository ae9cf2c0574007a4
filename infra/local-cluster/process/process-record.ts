import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readStat } from "#base";

/** Identifies one process for good: a pid alone may be another process's by the time somebody uses it. */
export interface ProcessRecord {
  readonly pid: number;
  /** See `ProcessStat.startTime`. */
  readonly startTime: string;
}

/** The record of the running process `pid`, or undefined if it has already ended. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether the recorded process, and not another one with its pid, still runs. */
export function isRunning(record: ProcessRecord | undefined): record is ProcessRecord {
  return record !== undefined && readStat(record.pid)?.startTime === record.startTime;
}

/** @returns undefined if the text is no record */
export function parseRecord(text: string): ProcessRecord | undefined {
  const match = /^\{"pid":([1-9]\d{0,9}),"startTime":"(\d{1,20})"\}\n?$/.exec(text);
  return match ? { pid: Number(match[1]), startTime: match[2] ?? "" } : undefined;
}

export function renderRecord({ pid, startTime }: ProcessRecord): string {
  return `${JSON.stringify({ pid, startTime })}\n`;
}

export function writeRecord(path: string, record: ProcessRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, renderRecord(record), { mode: 0o600 });
}

/** @returns undefined if there is none, or it is damaged */
export function readRecord(path: string): ProcessRecord | undefined {
  try {
    return parseRecord(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

export function removeRecord(path: string): void {
  rmSync(path, { force: true });
}
