import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { claim, type Processes, parseOwner, systemProcesses } from "#base";

/** Of processes that were killed while they took over from one that was killed. */
const maxDepth = 3;

/**
 * Takes the lock of a state file. One that a killed process of this machine has left is taken over.
 *
 * @returns what gives it back; undefined where somebody else has it, or may have it
 */
export async function takeStateLock(
  file: string,
  processes: Processes = systemProcesses(),
  depth = 0,
): Promise<(() => Promise<void>) | undefined> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  // A lock that is there says whose it is: it is written before it gets its name.
  await writeFile(draft, JSON.stringify(processes.self), { mode: 0o600, flush: true });
  try {
    const isTaken = (await claim(draft, file)) || (await takeOver(draft, file, processes, depth));
    return isTaken ? () => rm(file, { force: true }) : undefined;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Who wants to replace a lock that was left has to have a lock for that, so that no two replace the same. */
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
