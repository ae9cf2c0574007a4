import { rolloutErrors } from "../errors.ts";
import type { Event } from "../model/event.ts";
import { type AppendFile, megabytes } from "./files.ts";
import { type ChainEnd, encodeRecord } from "./records.ts";

export interface JournalLimits {
  readonly recordBytes: number;
  readonly journalBytes: number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Appends records to a journal. Whatever is asked for while a write is under way shares the next one. */
export class JournalWriter {
  readonly #run: string;
  readonly #file: AppendFile;
  readonly #limits: JournalLimits;
  #end: ChainEnd;
  #size: number;
  #lines: string[] = [];
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** Why nothing can be written any more: after a failed sync nobody knows what is on disk. */
  #broken: unknown;

  constructor(run: string, file: AppendFile, end: ChainEnd, size: number, limits: JournalLimits) {
    this.#run = run;
    this.#file = file;
    this.#end = end;
    this.#size = size;
    this.#limits = limits;
  }

  /** @throws EDGE_ROLLOUT_JOURNAL_FULL, EDGE_ROLLOUT_JOURNAL_WRITE */
  async append(...events: readonly Event[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    for (const event of events) this.#add(event);
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#flushing ??= this.#flush();
    await written;
  }

  #add(event: Event): void {
    const { line, end } = encodeRecord(this.#end, event);
    const bytes = Buffer.byteLength(line);
    const { recordBytes, journalBytes } = this.#limits;
    if (bytes > recordBytes) this.#refuse(`${megabytes(recordBytes)} in one record`);
    if (this.#size + bytes > journalBytes) this.#refuse(megabytes(journalBytes));
    this.#lines.push(line);
    this.#end = end;
    this.#size += bytes;
  }

  /** The scheduler has taken the event in already, so nothing can follow it. */
  #refuse(limit: string): never {
    this.#broken = rolloutErrors.EDGE_ROLLOUT_JOURNAL_FULL({ run: this.#run, limit });
    throw this.#broken;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [lines, waiting] = [this.#lines, this.#waiting];
      [this.#lines, this.#waiting] = [[], []];
      try {
        await this.#file.append(Buffer.from(lines.join("")));
        await this.#file.sync();
        for (const { resolve } of waiting) resolve();
      } catch (cause) {
        this.#fail(cause, waiting);
      }
    }
    this.#flushing = undefined;
  }

  #fail(cause: unknown, waiting: readonly Waiting[]): void {
    const problem = (cause as NodeJS.ErrnoException).code ?? "the disk refuses it";
    this.#broken = rolloutErrors.EDGE_ROLLOUT_JOURNAL_WRITE({ run: this.#run, problem }, { cause });
    for (const { reject } of [...waiting, ...this.#waiting]) reject(this.#broken);
    this.#waiting = [];
    this.#lines = [];
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#file.close();
  }
}
