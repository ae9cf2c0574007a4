import { readFileSync } from "node:fs";
import { runCommand } from "../process/command.ts";

/** A mounted file system. */
export interface Mount {
  readonly point: string;
  /** Such as `cgroup2`. */
  readonly type: string;
  /** Those of the file system. */
  readonly options: readonly string[];
  /** Whether it can only be read here. */
  readonly readOnly: boolean;
}

/** What is mounted, by the text of `/proc/<pid>/mountinfo`, in the order in which it was. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [own = "", ofFileSystem = ""] = line.split(" - ");
    const [, , , , point = "", here = ""] = own.split(" ");
    const [type = "", , options = ""] = ofFileSystem.split(" ");
    if (!point.startsWith("/")) return [];
    const readOnly = [...here.split(","), ...options.split(",")].includes("ro");
    return [{ point: unescaped(point), type, options: options.split(","), readOnly }];
  });
}

/** Mount points in the text of `/proc/<pid>/mountinfo`, in the order in which they were mounted. */
export function parseMountPoints(mountinfo: string): string[] {
  return parseMounts(mountinfo).map(({ point }) => point);
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

/** The kernel writes space, tab, line break and backslash in octal. */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
