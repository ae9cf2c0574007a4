import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { writeAtomically } from "#base";
import { renderErrors } from "./errors.ts";
import { stateDirectoryOf } from "./project.ts";
import { takeStateLock } from "./state-lock.ts";

/** A stack's state as it is kept. */
export interface StoredState {
  readonly text: string;
  /** Another one after each change, whoever makes it. */
  readonly version: string;
}

/** Where the state of one stack is kept. */
export interface StateStorage {
  /** What messages call it: a path, or an object of a cluster. */
  readonly place: string;
  /** Undefined where there is none yet. */
  read(): Promise<StoredState | undefined>;
  /**
   * Replaces what was read, unless somebody else has changed it since.
   *
   * @param expected what was read; undefined: nothing was there
   * @throws EDGE_RENDER_STATE_CONFLICT
   */
  replace(expected: StoredState | undefined, text: string): Promise<void>;
}

export interface FileOptions {
  /**
   * Whether others may read the file, as one that is encrypted and committed.
   * @default false: mode 0600 in a directory of mode 0700
   */
  readonly shared?: boolean;
}

const maxFileBytes = 64 * 1024 * 1024;

/**
 * State in one file, replaced atomically.
 *
 * Its calls throw EDGE_RENDER_STATE_INVALID, EDGE_RENDER_STATE_CONFLICT and EDGE_RENDER_STATE_UNWRITABLE.
 */
export function fileStorage(file: string, { shared = false }: FileOptions = {}): StateStorage {
  const read = () => readState(file);
  return {
    place: file,
    read,
    // The lock makes the comparison and the rename one step.
    replace: async (expected, text) => {
      const release = await lock(file, shared);
      try {
        if ((await read())?.version !== expected?.version) throw renderErrors.EDGE_RENDER_STATE_CONFLICT({ file });
        await writeAtomically(file, text, { mode: shared ? 0o644 : 0o600 }).catch((error) => {
          throw unwritable(file, error);
        });
      } finally {
        await release();
      }
    },
  };
}

export interface StoragePlace {
  readonly projectDirectory: string;
  readonly stack: string;
  /** @default `.edge/state` in the project's directory */
  readonly stateDirectory?: string | undefined;
  /** Counts instead of a file in `stateDirectory`. */
  readonly storage?: StateStorage | undefined;
}

/** Where a stack's keys are kept. */
export function storageOf({ projectDirectory, stack, stateDirectory, storage }: StoragePlace): StateStorage {
  const directory = stateDirectory ?? stateDirectoryOf(resolve(projectDirectory));
  return storage ?? fileStorage(join(directory, `${stack}.json`));
}

/** What is read is another storage's, and what is written stays in this process: for looking at what would come. */
export function scratchStorage(storage: StateStorage): StateStorage {
  let written: StoredState | undefined;
  return {
    place: storage.place,
    read: async () => written ?? (await storage.read()),
    replace: async (_, text) => {
      written = { text, version: versionOf(text) };
    },
  };
}

async function readState(file: string): Promise<StoredState | undefined> {
  const invalid = (problem: string) => renderErrors.EDGE_RENDER_STATE_INVALID({ file, problem });
  try {
    const handle = await open(file);
    try {
      const status = await handle.stat();
      // A clone may have a link in its place, to a device that never ends.
      if (!status.isFile()) throw invalid("it is no file");
      if (status.size > maxFileBytes) throw invalid("it is larger than 64 MiB");
      const text = await handle.readFile("utf8");
      return { text, version: versionOf(text) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw code?.startsWith("EDGE_") ? error : invalid(`it cannot be read (${code})`);
  }
}

async function lock(file: string, shared: boolean): Promise<() => Promise<void>> {
  try {
    await mkdir(dirname(file), { recursive: true, ...(shared ? {} : { mode: 0o700 }) });
    const release = await takeStateLock(`${file}.lock`);
    if (release !== undefined) return release;
  } catch (error) {
    throw unwritable(file, error);
  }
  throw renderErrors.EDGE_RENDER_STATE_CONFLICT({ file });
}

function unwritable(file: string, error: unknown) {
  const problem = (error as NodeJS.ErrnoException).code ?? "unknown";
  return renderErrors.EDGE_RENDER_STATE_UNWRITABLE({ file, problem }, { cause: error });
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
