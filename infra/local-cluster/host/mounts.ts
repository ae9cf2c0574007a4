import { readFileSync } from "node:fs";
import { runCommand } from "../process/command.ts";

/** Mount points in the text of `/proc/<pid>/mountinfo`, in the order in which they were mounted. */
export function parseMountPoints(mountinfo: string): string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const point = line.split(" ")[4];
    // The kernel writes space, tab, line break and backslash in octal.
    return point?.startsWith("/") ? point.replace(/\\([0-7]{3})/g, (_, octal) => fromOctal(octal)) : [];
  });
}

/** Mount points inside a directory, the last mounted first. */
export function mountsBelow(directory: string): string[] {
  return parseMountPoints(readFileSync("/proc/self/mountinfo", "utf8"))
    .filter((point) => point.startsWith(`${directory}/`))
    .reverse();
}

/** Unmounts what is inside a directory, as far as possible. */
export async function unmountBelow(directory: string): Promise<void> {
  const points = mountsBelow(directory);
  // In one go and lazily: unmounting one may take another with it, and no process is left that uses them.
  if (points.length > 0) await runCommand("umount", ["--lazy", "--quiet", "--", ...points]);
}

function fromOctal(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}
