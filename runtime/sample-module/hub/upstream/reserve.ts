import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";

const bytes = 4 * 1024 * 1024;

/**
 * A file that is there for its size alone. To delete something, a database writes first: on a disk that is full, what the
 * file has taken is the room for that.
 */
export interface Reserve {
  readonly isThere: boolean;
  /** Takes the room, if there is any. */
  make(): void;
  give(): void;
}

export function openReserve(path: string): Reserve {
  const isWhole = () => existsSync(path) && statSync(path).size === bytes;
  let isThere = isWhole();
  return {
    get isThere() {
      return isThere;
    },
    make: () => {
      if (isThere) return;
      try {
        const file = openSync(path, "w");
        try {
          // Neither a hole nor what can be compressed takes the room.
          for (let at = 0; at < bytes; ) at += writeSync(file, randomBytes(bytes - at));
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        isThere = isWhole();
      } catch {
        rmSync(path, { force: true });
      }
    },
    give: () => {
      rmSync(path, { force: true });
      isThere = false;
    },
  };
}
