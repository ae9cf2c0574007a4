import type { Event } from "../model/event.ts";
import { type ChainEnd, decodeRecord } from "./record.ts";

/** What a journal's bytes hold. */
export interface ParsedJournal {
  readonly events: readonly Event[];
  readonly end: ChainEnd;
  /** Length of the sound part. What follows was never reported as written: a crash has torn it. */
  readonly soundBytes: number;
}

const lineFeed = 0x0a;

/**
 * Reads a journal. A record is complete with its line feed, so only what follows the last one can be torn; anything
 * else that is wrong means that the file was changed.
 *
 * @returns the line and the problem, where the file was changed
 */
export function parseJournal(
  bytes: Buffer,
  start: ChainEnd,
): ParsedJournal | { readonly line: number; readonly problem: string } {
  const events: Event[] = [];
  let end = start;
  let position = 0;
  for (;;) {
    const next = bytes.indexOf(lineFeed, position);
    if (next < 0) return { events, end, soundBytes: position };
    const decoded = decodeRecord(end, bytes.toString("utf8", position, next));
    if ("problem" in decoded) return { line: events.length + 1, problem: decoded.problem };
    events.push(decoded.event);
    end = decoded.end;
    position = next + 1;
  }
}
