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
    // Without shared memory, which not every volume has.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    return use(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isDamaged(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number };
  return [11, 26].includes(errcode % 256);
}
