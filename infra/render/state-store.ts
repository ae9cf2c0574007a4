import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import { renderErrors } from "./errors.ts";
import type { StateStorage } from "./state-storage.ts";

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
  /** URNs of what was not there before. */
  readonly added: readonly string[];
  /** Writes what was changed, if anything was. */
  save(): Promise<void>;
}

/**
 * The state that a storage keeps. Rendering drops no entry: a stack that lacks an installation for a while must not cost
 * that installation its CA.
 *
 * @throws EDGE_RENDER_STATE_INVALID, and on save EDGE_RENDER_STATE_CONFLICT and EDGE_RENDER_STATE_UNWRITABLE
 */
export async function openState(storage: StateStorage): Promise<StateStore> {
  const stored = await storage.read();
  const before = stored === undefined ? new Map() : parseState(stored.text, storage.place);
  const entries = new Map(before);
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
    get added() {
      return [...entries.keys()].filter((urn) => !before.has(urn));
    },
    save: async () => {
      if (!changed) return;
      await storage.replace(stored, formatState(entries));
      changed = false;
    },
  };
}

/**
 * @param file what messages call the place that the text is from
 * @throws EDGE_RENDER_STATE_INVALID
 */
export function parseState(text: string, file: string): ReadonlyMap<string, StateEntry> {
  const invalid = (problem: string) => renderErrors.EDGE_RENDER_STATE_INVALID({ file, problem });
  const content = parseJson(text);
  if (content === undefined) throw invalid("it is not JSON");
  if (!Value.Check(StateSchema, content)) throw invalid("it does not have the shape of version 1");
  return new Map(Object.entries(content.resources));
}

function formatState(entries: ReadonlyMap<string, StateEntry>): string {
  const resources = Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, resources }, null, 2)}\n`;
}

/** State that lasts as long as the process. */
export function memoryStateStore(): StateStore {
  const entries = new Map<string, StateEntry>();
  return {
    get: (urn) => entries.get(urn),
    set: (urn, entry) => void entries.set(urn, entry),
    delete: (urn) => void entries.delete(urn),
    entries: () => entries,
    get added() {
      return [...entries.keys()];
    },
    save: async () => {},
  };
}
