import { lstat, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Processes, parseOwner, systemProcesses } from "#base";

const prefix = "edge-revision-";
const ownerFile = "owner.json";
const maxOwnerBytes = 4096;

/** A new folder for a checkout, which says whose it is. */
export async function makeScratch(parent = tmpdir(), processes: Processes = systemProcesses()): Promise<string> {
  const scratch = await mkdtemp(join(parent, prefix));
  await writeFile(join(scratch, ownerFile), JSON.stringify(processes.self), { mode: 0o600 });
  return scratch;
}

/**
 * Folders that processes of this machine and user have left, because they were killed. One that says nothing of its
 * owner counts as in use: it may just have been made.
 */
export async function abandonedScratches(
  parent = tmpdir(),
  processes: Processes = systemProcesses(),
): Promise<readonly string[]> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map(async (name) => {
      const scratch = join(parent, name);
      return (await isAbandoned(scratch, processes).catch(() => false)) ? [scratch] : [];
    }),
  );
  return found.flat();
}

async function isAbandoned(scratch: string, processes: Processes): Promise<boolean> {
  const folder = await lstat(scratch);
  // The directory of temporary files is everybody's: what another user has put there is no business of ours.
  if (!folder.isDirectory() || folder.uid !== process.getuid?.()) return false;
  const file = join(scratch, ownerFile);
  const { size } = await lstat(file);
  const owner = size > maxOwnerBytes ? undefined : parseOwner(await readFile(file, "utf8"));
  return owner !== undefined && owner.host === processes.self.host && !processes.isAlive(owner);
}
