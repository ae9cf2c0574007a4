import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { isDamaged, isFull, openDatabase } from "../database.ts";
import { openReserve, type Reserve } from "./reserve.ts";

/** A message that waits for IoT Hub. */
export interface StoredMessage {
  /** Grows with each message. */
  readonly id: number;
  /** Properties as they stood in the topic. */
  readonly bag: string;
  readonly payload: Uint8Array;
}

export interface StoreCounts {
  /** Messages that wait, and their size. */
  readonly waiting: number;
  readonly bytes: number;
  /** Since the hub was started. */
  readonly stored: number;
  readonly droppedForSize: number;
  readonly droppedForAge: number;
}

/** Keeps messages on disk until IoT Hub has them, in the order of each module. */
export interface MessageStore {
  /** Resolves once the message is on the disk. @throws when it is not: then the module has to send it again */
  append(moduleId: string, message: Omit<StoredMessage, "id">): Promise<void>;
  /** The oldest messages of a module with an id above `after`. */
  read(moduleId: string, after: number, limit: number): readonly StoredMessage[];
  /** Forgets a message, on the disk with the next write. */
  remove(id: number): void;
  /** Messages that wait, by module. */
  waiting(): ReadonlyMap<string, number>;
  counts(): StoreCounts;
  close(): void;
}

export interface StoreOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly clock: Clock;
}

const fileName = "messages.db";
const reserveName = "messages.reserve";
/** What is written in one go. With the log of the database it is less than the reserve. */
const mostAtOnce = 2 * 1024 * 1024;
/** Pages of the database that were freed and are enough to write to where the disk is full: 1 MiB. */
const enoughPages = 256;
/** What a message takes besides its text, so that very many small ones have a limit as well. */
const overhead = 200;
const expireEvery = 60_000;
const dropAtOnce = 100;
const schema = `
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    module TEXT NOT NULL,
    bag TEXT NOT NULL,
    payload BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    stored INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_of_module ON messages (module, id);
`;

/**
 * Opens the store in a folder. A file that is damaged is moved aside, so that the hub can work on: its messages are lost.
 *
 * @param onDamaged is told where the damaged file is
 * @throws when the folder is not there, or another process has the store open
 */
export function openMessageStore(options: StoreOptions, onDamaged: (path: string) => void): MessageStore {
  const reserve = openReserve(join(options.folder, reserveName));
  const path = join(options.folder, fileName);
  return openDatabase(path, (database) => new SqliteStore(database, options, reserve), onDamaged);
}

interface Appended {
  readonly moduleId: string;
  readonly message: Omit<StoredMessage, "id">;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

interface Row {
  readonly id: number;
  readonly module: string;
  readonly bytes: number;
  readonly stored: number;
}

class SqliteStore implements MessageStore {
  #database: DatabaseSync;
  #options: StoreOptions;
  #reserve: Reserve;
  #freePages: StatementSync;
  #insert: StatementSync;
  #select: StatementSync;
  #delete: StatementSync;
  #oldest: StatementSync;
  #appended: Appended[] = [];
  #removed = new Set<number>();
  #scheduled: NodeJS.Immediate | undefined;
  #cancelExpiry = () => {};
  #waiting = new Map<string, number>();
  #bytes = 0;
  #stored = 0;
  #droppedForSize = 0;
  #droppedForAge = 0;

  constructor(database: DatabaseSync, options: StoreOptions, reserve: Reserve) {
    this.#options = options;
    this.#reserve = reserve;
    this.#database = database;
    database.exec(schema);
    this.#insert = database.prepare(
      "INSERT INTO messages (module, bag, payload, bytes, stored) VALUES (?, ?, ?, ?, ?)",
    );
    this.#select = database.prepare(
      "SELECT id, bag, payload FROM messages WHERE module = ? AND id > ? ORDER BY id LIMIT ?",
    );
    this.#delete = database.prepare("DELETE FROM messages WHERE id = ? RETURNING id, module, bytes, stored");
    this.#oldest = database.prepare("SELECT id, module, bytes, stored FROM messages ORDER BY id LIMIT ?");
    this.#freePages = database.prepare("PRAGMA freelist_count");
    const found = database.prepare("SELECT module, count(*) AS n, sum(bytes) AS bytes FROM messages GROUP BY module");
    for (const row of found.all() as unknown as { module: string; n: number; bytes: number }[]) {
      this.#waiting.set(row.module, row.n);
      this.#bytes += row.bytes;
    }
    this.#expire();
  }

  append(moduleId: string, message: Omit<StoredMessage, "id">): Promise<void> {
    const bytes = Buffer.byteLength(message.bag) + message.payload.byteLength + overhead;
    return new Promise((resolve, reject) => {
      this.#appended.push({ moduleId, message, bytes, done: resolve, failed: reject });
      this.#schedule();
    });
  }

  read(moduleId: string, after: number, limit: number): readonly StoredMessage[] {
    const rows = this.#select.all(moduleId, after, limit + this.#removed.size) as unknown as StoredMessage[];
    return rows.filter(({ id }) => !this.#removed.has(id)).slice(0, limit);
  }

  remove(id: number): void {
    this.#removed.add(id);
    this.#schedule();
  }

  waiting(): ReadonlyMap<string, number> {
    return this.#waiting;
  }

  counts(): StoreCounts {
    let waiting = 0;
    for (const count of this.#waiting.values()) waiting += count;
    return {
      ...{ waiting, bytes: this.#bytes, stored: this.#stored },
      ...{ droppedForSize: this.#droppedForSize, droppedForAge: this.#droppedForAge },
    };
  }

  close(): void {
    this.#cancelExpiry();
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#flush();
    this.#database.close();
  }

  /** What comes in one turn of the event loop is written together: one wait for the disk, not one for each message. */
  #schedule(): void {
    this.#scheduled ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = undefined;
    const appended = this.#appended;
    this.#appended = [];
    this.#commit([]);
    for (let at = 0; at < appended.length; ) {
      let bytes = 0;
      const from = at;
      while (at < appended.length && (at === from || bytes < mostAtOnce)) bytes += appended[at++]?.bytes ?? 0;
      this.#commit(appended.slice(from, at));
    }
  }

  /** Writes what was removed and these messages. What was removed stays so if it fails: the next write tries again. */
  #commit(appended: readonly Appended[]): void {
    if (appended.length === 0 && this.#removed.size === 0) return;
    try {
      if (appended.length > 0 && !this.#hasRoom()) throw new Error("the disk is full");
      this.#transaction(() => this.#write(appended));
    } catch (error) {
      if (isFull(error)) this.#makeRoom();
      for (const { failed } of appended) failed(error);
      return;
    }
    this.#removed.clear();
    this.#stored += appended.length;
    for (const { done } of appended) done();
  }

  /** Without the reserve, messages go where others have been. */
  #hasRoom(): boolean {
    return this.#reserve.isThere || Number(this.#freePages.get()?.freelist_count) >= enoughPages;
  }

  #makeRoom(): void {
    this.#reserve.give();
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  #write(appended: readonly Appended[]): void {
    for (const id of this.#removed) this.#forget(this.#delete.all(id) as unknown as Row[]);
    for (const { moduleId, message, bytes } of appended) {
      while (this.#bytes + bytes > this.#options.maxBytes) {
        const rows = this.#oldest.all(1) as unknown as Row[];
        if (rows.length === 0) break;
        this.#drop(rows);
        this.#droppedForSize++;
      }
      this.#insert.run(moduleId, message.bag, message.payload, bytes, this.#options.clock.now());
      this.#waiting.set(moduleId, (this.#waiting.get(moduleId) ?? 0) + 1);
      this.#bytes += bytes;
    }
  }

  /** Runs a change as a whole, with the counts that belong to it. */
  #transaction(change: () => void): void {
    const before = {
      waiting: new Map(this.#waiting),
      bytes: this.#bytes,
      droppedForSize: this.#droppedForSize,
      droppedForAge: this.#droppedForAge,
    };
    this.#database.exec("BEGIN");
    try {
      change();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#waiting = before.waiting;
      this.#bytes = before.bytes;
      this.#droppedForSize = before.droppedForSize;
      this.#droppedForAge = before.droppedForAge;
      // A full disk has SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #expire(): void {
    this.#reserve.make();
    this.#cancelExpiry = this.#options.clock.after(expireEvery, () => this.#expire());
    const { clock, maxAge } = this.#options;
    const end = clock.now() - maxAge;
    try {
      for (let more = true; more; ) {
        const rows = this.#oldest.all(dropAtOnce) as unknown as Row[];
        const young = rows.findIndex(({ stored }) => stored >= end);
        const old = young < 0 ? rows : rows.slice(0, young);
        more = old.length === dropAtOnce;
        if (old.length === 0) return;
        this.#transaction(() => {
          this.#drop(old);
          this.#droppedForAge += old.length;
        });
      }
    } catch (error) {
      if (isDamaged(error)) throw error;
      if (isFull(error)) this.#makeRoom();
      // A disk that is full or fails: it is tried again, and appending tells of it.
    }
  }

  #drop(rows: readonly Row[]): void {
    for (const { id } of rows) this.#forget(this.#delete.all(id) as unknown as Row[]);
  }

  #forget(rows: readonly Row[]): void {
    for (const { module, bytes } of rows) {
      this.#bytes -= bytes;
      const left = (this.#waiting.get(module) ?? 0) - 1;
      if (left > 0) this.#waiting.set(module, left);
      else this.#waiting.delete(module);
    }
  }
}
