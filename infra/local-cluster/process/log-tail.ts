import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const bytes = 16 * 1024;
const lineLength = 400;

/** The last `count` lines of a file, long ones cut; a note if there are none. */
export function lastLines(path: string, count: number): string {
  const lines = tail(path)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
  if (lines.length === 0) return "  (its log is empty)";
  return lines.map((line) => `  ${line.length > lineLength ? `${line.slice(0, lineLength)}...` : line}`).join("\n");
}

function tail(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8");
  } finally {
    closeSync(file);
  }
}
