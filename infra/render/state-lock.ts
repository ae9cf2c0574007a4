import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { claim, type Processes, parseOwner, systemProcesses } from "#base";

/** How deep takeovers may nest: each level is a process that was killed while it took over. */
const maxDepth = 3;

/**
 * Takes the lock of a state file, also from a process of this machine that was killed.
 *
 * @returns what gives it back; undefined where somebody else has it, or may have it
 */
export async function takeStateLock(
  file: string,
  processes: Processes = systemProcesses(),
  depth = 0,
): Promise<(() => Promise<void>) | undefined> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  // The owner is written before the file gets its name, so that a lock always says whose it is.
  await writeFile(draft, JSON.stringify(processes.self), { mode: 0o600, flush: true });
  try {
    const isTaken = (await claim(draft, file)) || (await takeOver(draft, file, processes, depth));
    return isTaken ? () => rm(file, { force: true }) : undefined;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Replacing a lock that was left takes a lock of its own, so that no two processes replace the same one. */
async function takeOver(draft: string, file: string, processes: Processes, depth: number): Promise<boolean> {
  const left = await read(file);
  if (left === undefined || depth === maxDepth || !isLeft(left, processes)) return false;
  const turn = `${file}.${createHash("sha256").update(left).digest("hex").slice(0, 12)}`;
  const release = await takeStateLock(turn, processes, depth + 1);
  if (release === undefined) return false;
  try {
    if ((await read(file)) !== left) return false;
    await rename(draft, file);
    return true;
  } finally {
    await release();
  }
}

function isLeft(text: string, { self, isAlive }: Processes): boolean {
  const owner = parseOwner(text);
  return owner !== undefined && owner.host === self.host && !isAlive(owner);
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
}
