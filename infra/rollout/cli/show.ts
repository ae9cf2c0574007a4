import process from "node:process";
import { type CommandContext, movesCursor } from "../../terminal/index.ts";
import type { Event, Run, RunState } from "../model/index.ts";
import type { Observer } from "../run/ports.ts";
import { createLiveTree } from "../view/live-tree.ts";
import { createPlainLines, stamped } from "../view/plain-lines.ts";
import { formatTree } from "../view/tree.ts";

/** How a run is shown while it is carried out. */
export interface Show {
  readonly observe: Observer;
  /** Tells what is waited for while nothing happens. */
  note(line: string): void;
  close(): void;
}

/** Events as JSON lines on stdout; else a tree on a terminal, and plain lines elsewhere, on stderr. */
export function createShow(run: Run, context: CommandContext, json: boolean): Show {
  const note = (line: string) => context.progress.note(line);
  const close = () => {};
  if (json) return { observe: (event) => void context.output.write(formatEvent(run, event)), note, close };
  if (movesCursor(process.stderr, context.env)) return createLiveTree(run, process.stderr, Date.now);
  return { observe: createPlainLines(run, note), note: (line) => note(stamped(Date.now(), line)), close };
}

/** One line. Times are in ISO 8601. */
export function formatEvent(run: Run, event: Event): string {
  const { at, type, ...rest } = event;
  return `${JSON.stringify({ at: new Date(at).toISOString(), run: run.id, type, ...rest })}\n`;
}

/** The whole run, for a result on stdout. */
export function formatRun(run: Run, state: RunState): string {
  const options = { width: Number.POSITIVE_INFINITY, clustersPerWave: 50, now: state.at };
  return `${formatTree(run, state, options).join("\n")}\n`;
}
