import { createHash } from "node:crypto";
import { parseJson } from "#base";
import type { Event } from "../model/event.ts";

/**
 * A line of the journal: `{"v":1,"seq":1,"sum":"<hex>","event":{...}}`. `sum` is the SHA-256 of the sum of the line
 * before, the number, and the event's text as it stands there; so nothing can be changed, left out, added or moved.
 */
const lineForm = /^\{"v":1,"seq":([1-9]\d{0,14}),"sum":"([0-9a-f]{64})","event":(\{.*\})\}$/;

/** The end of a chain, to which the next record is added. */
export interface ChainEnd {
  /** Number of the last record; 0 of none. */
  readonly seq: number;
  readonly sum: string;
}

/** What a chain starts from: the run that the journal belongs to. */
export function chainStart(runText: string): ChainEnd {
  return { seq: 0, sum: createHash("sha256").update(runText).digest("hex") };
}

/** The next line, with its line feed. */
export function encodeRecord(end: ChainEnd, event: Event): { readonly line: string; readonly end: ChainEnd } {
  const text = JSON.stringify(event);
  const seq = end.seq + 1;
  const sum = chainSum(end.sum, seq, text);
  return { line: `{"v":1,"seq":${seq},"sum":"${sum}","event":${text}}\n`, end: { seq, sum } };
}

/** The event of a line without its line feed, or what is wrong with the line. */
export function decodeRecord(
  end: ChainEnd,
  line: string,
): { readonly event: Event; readonly end: ChainEnd } | { readonly problem: string } {
  const [, number, sum, text] = lineForm.exec(line) ?? [];
  if (number === undefined || sum === undefined || text === undefined) return { problem: "it is no record" };
  const seq = Number(number);
  if (seq !== end.seq + 1) return { problem: `it has number ${seq} where ${end.seq + 1} belongs` };
  if (chainSum(end.sum, seq, text) !== sum) return { problem: "its checksum is wrong" };
  const event = parseJson(text);
  return event === undefined ? { problem: "it is no JSON" } : { event: event as Event, end: { seq, sum } };
}

function chainSum(previous: string, seq: number, text: string): string {
  return createHash("sha256").update(`${previous}\n${seq}\n${text}`).digest("hex");
}

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
