import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { renderErrors } from "./errors.ts";
import { takeStateLock } from "./state-lock.ts";

const EntrySchema = Type.Object(
  {
    type: Type.String(),
    /** SHA-256 of the inputs that the outputs were computed from. */
    inputs: Type.String(),
    id: Type.String(),
    outputs: Type.Record(Type.String(), Type.Union([Type.String(), Type.Boolean()])),
    /** URN of the outermost component around it. */
    owner: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
const StateSchema = Type.Object(
  { version: Type.Literal(1), resources: Type.Record(Type.String(), EntrySchema) },
  { additionalProperties: false },
);

/** A key or certificate that was made earlier. */
export type StateEntry = Static<typeof EntrySchema>;

/** What the render engine remembers of a stack between runs: keys and certificates, by URN. */
export interface StateStore {
  get(urn: string): StateEntry | undefined;
  set(urn: string, entry: StateEntry): void;
  delete(urn: string): void;
  /** All of it. */
  entries(): Iterable<readonly [urn: string, entry: StateEntry]>;
  /** Writes what was changed, if anything was. */
  save(): Promise<void>;
}

const maxFileBytes = 64 * 1024 * 1024;

/**
 * State in one JSON file with mode 0600 in a directory with mode 0700, replaced atomically. Rendering drops no entry: a
 * stack that lacks an installation for a while must not cost that installation its CA.
 *
 * @throws EDGE_RENDER_STATE_INVALID, and on save EDGE_RENDER_STATE_CONFLICT and EDGE_RENDER_STATE_UNWRITABLE
 */
export async function openStateFile(file: string): Promise<StateStore> {
  const text = await readState(file);
  const entries = new Map(Object.entries(parseState(file, text)));
  let changed = false;
  return {
    get: (urn) => entries.get(urn),
    set: (urn, entry) => {
      entries.set(urn, entry);
      changed = true;
    },
    delete: (urn) => {
      changed = entries.delete(urn) || changed;
    },
    entries: () => entries,
    save: async () => {
      if (!changed) return;
      const resources = Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
      await replaceFile(file, text, `${JSON.stringify({ version: 1, resources }, null, 2)}\n`);
      changed = false;
    },
  };
}

async function readState(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw renderErrors.EDGE_RENDER_STATE_INVALID({ file, problem: `it cannot be read (${error.code})` });
  });
}

function parseState(file: string, text: string | undefined): Record<string, StateEntry> {
  if (text === undefined) return {};
  const invalid = (problem: string) => renderErrors.EDGE_RENDER_STATE_INVALID({ file, problem });
  if (text.length > maxFileBytes) throw invalid("it is larger than 64 MiB");
  const content = parseJson(text);
  if (content === undefined) throw invalid("it is not JSON");
  if (!Value.Check(StateSchema, content)) throw invalid("it does not have the shape of version 1");
  return content.resources;
}

/** Replaces the file, unless it is no longer what was read. The lock makes the comparison and the rename one step. */
async function replaceFile(file: string, expected: string | undefined, text: string): Promise<void> {
  const release = await lockState(file).catch((error) => {
    throw unwritable(file, error);
  });
  if (release === undefined) throw renderErrors.EDGE_RENDER_STATE_CONFLICT({ file });
  try {
    if (digest(await readState(file)) !== digest(expected)) throw renderErrors.EDGE_RENDER_STATE_CONFLICT({ file });
    await writeAtomically(file, text, { mode: 0o600 }).catch((error) => {
      throw unwritable(file, error);
    });
  } finally {
    await release();
  }
}

async function lockState(file: string) {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return takeStateLock(`${file}.lock`);
}

function unwritable(file: string, error: unknown) {
  const problem = (error as NodeJS.ErrnoException).code ?? "unknown";
  return renderErrors.EDGE_RENDER_STATE_UNWRITABLE({ file, problem }, { cause: error });
}

function digest(text: string | undefined): string {
  return text === undefined ? "" : createHash("sha256").update(text).digest("hex");
}

/** State that lasts as long as the process. */
export function memoryStateStore(): StateStore {
  const entries = new Map<string, StateEntry>();
  return {
    get: (urn) => entries.get(urn),
    set: (urn, entry) => void entries.set(urn, entry),
    delete: (urn) => void entries.delete(urn),
    entries: () => entries,
    save: async () => {},
  };
}
