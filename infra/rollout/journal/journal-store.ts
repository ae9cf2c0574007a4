import { join } from "node:path";
import { type EdgeError, isJsonObject, parseJson } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { Event } from "../model/event.ts";
import type { Journal, JournalStore } from "../model/ports.ts";
import type { Run } from "../model/run.ts";
import { type AppendFile, type Files, nodeFiles } from "./files.ts";
import { type JournalLimits, JournalWriter } from "./journal-writer.ts";
import { chainStart, type ParsedJournal, parseJournal } from "./records.ts";

const runFile = "run.json";
const journalFile = "journal.ndjson";
const idForm = /^[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$/;
const maxRunBytes = 64 * 1024 * 1024;
const defaultLimits: JournalLimits = { recordBytes: 1024 * 1024, journalBytes: 128 * 1024 * 1024 };

/** Keeps each run in a folder of its own below `directory`: `run.json`, never changed, and `journal.ndjson`. */
export function openJournalStore(
  directory: string,
  files: Files = nodeFiles,
  limits: JournalLimits = defaultLimits,
): JournalStore {
  return new FileJournalStore(directory, files, limits);
}

/** Folder of a run. */
export function runDirectory(directory: string, id: string): string {
  return join(directory, id);
}

/** @param known ids of the runs that there are, the newest last */
export function unknownRun(id: string, known: readonly string[]): EdgeError {
  return rolloutErrors.EDGE_ROLLOUT_RUN_UNKNOWN({ run: id, known: known.slice(-10).join(", ") || "(none)" });
}

class FileJournalStore implements JournalStore {
  readonly #directory: string;
  readonly #files: Files;
  readonly #limits: JournalLimits;

  constructor(directory: string, files: Files, limits: JournalLimits) {
    this.#directory = directory;
    this.#files = files;
    this.#limits = limits;
  }

  async list(): Promise<readonly string[]> {
    const names = (await this.#files.list(this.#directory)).filter((name) => idForm.test(name)).sort();
    const complete = await Promise.all(names.map((name) => this.#exists(name)));
    return names.filter((_, index) => complete[index]);
  }

  /** There is a run from the moment on that its folder holds `run.json`; what else belongs to it may be there before. */
  async #exists(id: string): Promise<boolean> {
    return (await this.#files.list(runDirectory(this.#directory, id))).includes(runFile);
  }

  async create(run: Run): Promise<Journal> {
    const files = this.#files;
    const folder = runDirectory(this.#directory, run.id);
    if (await this.#exists(run.id)) throw rolloutErrors.EDGE_ROLLOUT_RUN_EXISTS({ run: run.id });
    await files.makeDirectory(folder);
    await files.write(join(folder, journalFile), "");
    const draft = join(folder, `${runFile}.tmp`);
    await files.write(draft, `${JSON.stringify(run)}\n`);
    await files.rename(draft, join(folder, runFile));
    await files.syncDirectory(folder);
    await files.syncDirectory(this.#directory);
    return this.open(run.id);
  }

  async open(id: string): Promise<Journal> {
    const { run, parsed, size } = await this.#load(id);
    const file = await this.#files.openToAppend(join(runDirectory(this.#directory, id), journalFile));
    if (parsed.soundBytes < size) await cutOff(file, parsed.soundBytes);
    const writer = new JournalWriter(id, file, parsed.end, parsed.soundBytes, this.#limits);
    return {
      run,
      events: parsed.events,
      append: (...events) => writer.append(...events),
      [Symbol.asyncDispose]: () => writer.close(),
    };
  }

  async read(id: string): Promise<{ readonly run: Run; readonly events: readonly Event[] }> {
    const { run, parsed } = await this.#load(id);
    return { run, events: parsed.events };
  }

  async #load(id: string): Promise<{ readonly run: Run; readonly parsed: ParsedJournal; readonly size: number }> {
    if (!idForm.test(id) || !(await this.#exists(id))) {
      throw unknownRun(id, await this.list());
    }
    const text = (await this.#readFile(id, runFile, maxRunBytes)).toString("utf8");
    const bytes = await this.#readFile(id, journalFile, this.#limits.journalBytes);
    const parsed = parseJournal(bytes, chainStart(text));
    if ("problem" in parsed) throw rolloutErrors.EDGE_ROLLOUT_JOURNAL_DAMAGED({ run: id, ...parsed });
    return { run: parseRun(id, text), parsed, size: bytes.length };
  }

  async #readFile(id: string, file: string, maxBytes: number): Promise<Buffer> {
    const bytes = await this.#files.read(join(runDirectory(this.#directory, id), file), maxBytes);
    if (bytes === undefined) throw rolloutErrors.EDGE_ROLLOUT_RUN_DAMAGED({ file, run: id, problem: "it is missing" });
    return bytes;
  }
}

/** Takes the end of a journal away that a crash has torn. */
async function cutOff(file: AppendFile, soundBytes: number): Promise<void> {
  try {
    await file.truncate(soundBytes);
    await file.sync();
  } catch (error) {
    await file.close();
    throw error;
  }
}

function parseRun(id: string, text: string): Run {
  const damaged = (problem: string) => rolloutErrors.EDGE_ROLLOUT_RUN_DAMAGED({ file: runFile, run: id, problem });
  const run = parseJson(text);
  if (!isJsonObject(run)) throw damaged("it is no JSON object");
  if (run.version !== 1) throw damaged("it was written by another version of edgectl");
  if (run.id !== id) throw damaged("it is the file of another run");
  return run as unknown as Run;
}
