import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { claim, type Processes, type ProcessOwner, parseOwner, systemProcesses } from "#base";
import { rolloutErrors } from "../errors.ts";

/** Disposed of, it is released. */
export interface RunLock extends AsyncDisposable {
  release(): Promise<void>;
}

/** `lock-<generation>`. A new owner adds the next one, so no two can take over the same. */
const nameForm = /^lock-(\d{1,9})$/;
const maxTries = 10;

/**
 * Makes this process the only one that carries the run out. The lock of a process that no longer runs is taken over.
 *
 * @returns undefined where another process of this machine has it
 * @throws EDGE_ROLLOUT_RUN_LOCKED where a process of another machine has it: whether that one still runs is not known
 */
export async function acquireRunLock(
  directory: string,
  run: string,
  processes: Processes = systemProcesses(),
): Promise<RunLock | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await listLocks(directory);
    if (await isHeld(found, run, processes)) return undefined;
    const file = join(directory, `lock-${Math.max(0, ...found.map(({ generation }) => generation)) + 1}`);
    if (!(await claimFor(directory, file, processes.self))) continue;
    // Of two that have claimed at the same time, the later one sees the earlier one here, and steps back.
    const others = (await listLocks(directory)).filter((other) => other.file !== file);
    if (!(await isHeld(others, run, processes))) {
      await Promise.all(others.map((other) => rm(other.file, { force: true })));
      const release = () => rm(file, { force: true });
      return { release, [Symbol.asyncDispose]: release };
    }
    await rm(file, { force: true });
  }
  return undefined;
}

/** Whether a process carries the run out. One of another machine counts: whether it still runs is not known. */
export async function isCarriedOut(directory: string, processes: Processes = systemProcesses()): Promise<boolean> {
  const owners = await readOwners(await listLocks(directory));
  return owners.some((owner) => owner.host !== processes.self.host || processes.isAlive(owner));
}

interface LockFile {
  readonly file: string;
  readonly generation: number;
}

async function listLocks(directory: string): Promise<readonly LockFile[]> {
  return (await readdir(directory)).flatMap((name) => {
    const generation = nameForm.exec(name)?.[1];
    return generation === undefined ? [] : { file: join(directory, name), generation: Number(generation) };
  });
}

/** Whether one of the locks belongs to a process that still runs. */
async function isHeld(locks: readonly LockFile[], run: string, processes: Processes): Promise<boolean> {
  const owners = await readOwners(locks);
  const elsewhere = owners.find(({ host }) => host !== processes.self.host);
  if (elsewhere !== undefined) throw lockedElsewhere(run, elsewhere);
  return owners.some((owner) => processes.isAlive(owner));
}

function lockedElsewhere(run: string, { pid, host }: ProcessOwner) {
  return rolloutErrors.EDGE_ROLLOUT_RUN_LOCKED({ run, pid, host });
}

async function readOwners(locks: readonly LockFile[]): Promise<readonly ProcessOwner[]> {
  return (await Promise.all(locks.map(({ file }) => readOwner(file)))).filter((owner) => owner !== undefined);
}

/** Undefined where the file is gone, or says nothing: it gets its name only when it is written. */
async function readOwner(file: string): Promise<ProcessOwner | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return parseOwner(text);
}

/** @returns false where somebody else was faster */
async function claimFor(directory: string, file: string, owner: ProcessOwner): Promise<boolean> {
  const draft = join(directory, `.lock-${randomBytes(6).toString("hex")}`);
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600, flush: true });
  try {
    return await claim(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
