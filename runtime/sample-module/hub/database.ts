import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Only in memory. */
export const inMemory = ":memory:";

/**
 * Opens a database of SQLite, for this process alone, in which each commit is on the disk. A file that is damaged is
 * moved aside, and an empty one takes its place.
 *
 * @param use makes tables and looks at them
 * @param onDamaged is told where the damaged file is
 * @throws when the folder is not there, or another process has the file open
 */
export function openDatabase<T>(
  path: string,
  use: (database: DatabaseSync) => T,
  onDamaged: (path: string) => void,
): T {
  try {
    return opened(path, use);
  } catch (error) {
    if (path === inMemory || !isDamaged(error)) throw error;
    renameSync(path, `${path}.damaged`);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    onDamaged(`${path}.damaged`);
    return opened(path, use);
  }
}

function opened<T>(path: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    // Without shared memory, which not every volume has, and with a log of 400 KB.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec("PRAGMA wal_autocheckpoint = 100;");
    return use(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamaged(error: unknown): boolean {
  return [11, 26].includes(codeOf(error));
}

/** SQLITE_FULL: the disk is. */
export function isFull(error: unknown): boolean {
  return codeOf(error) === 13;
}

function codeOf(error: unknown): number {
  const { errcode = 0 } = error as { errcode?: number };
  return errcode % 256;
}
