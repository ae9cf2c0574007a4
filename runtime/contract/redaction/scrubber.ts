import { setImmediate } from "node:timers/promises";
import { assignedSecrets } from "./assignments.ts";
import { beginOfKey, knownForms } from "./known-forms.ts";
import { createLineStream } from "./line-stream.ts";
import { randomRuns } from "./random-runs.ts";
import { type Finder, type Range, redacted, replaceRanges } from "./ranges.ts";
import type { Finders } from "./seams.ts";
import { loadVendorRules } from "./vendor-rules.ts";

/** Takes tokens, keys and passwords out of texts. */
export interface Scrubber {
  /** The text without what is secret in it. */
  text(text: string): string;
  /** The lines of a log, given back in pieces of several. */
  lines(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer>;
}

/** The rest of a longer line is left out. */
const longestLine = 256 * 1024;
/** Left out before a line is cut: a secret that is cut in two may be known by neither part. */
const beforeCut = 4 * 1024;
const noFinder: Finder = () => [];

/** A scrubber that knows the tokens of the vendors, too. */
export async function loadScrubber(): Promise<Scrubber> {
  return createScrubber(await loadVendorRules());
}

/** A scrubber with this project's own rules alone, unless it is given others. */
export function createScrubber(vendorRules: Finder = noFinder): Scrubber {
  function* known(text: string): Generator<Range> {
    yield* knownForms(text);
    yield* vendorRules(text);
  }

  function* named(text: string): Generator<Range> {
    yield* known(text);
    yield* assignedSecrets(text);
  }

  const byForm: Finder = (text) => [...known(text), ...randomRuns(text, named)];
  const finders: Finders = { byForm, byName: assignedSecrets };

  return {
    text(text) {
      if (!text.includes("\n") && !text.includes("PRIVATE"))
        return replaceRanges(text, [...byForm(text), ...assignedSecrets(text)]);
      const stream = createLineStream(finders);
      const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
      return lines.map((line) => stream.push(line)).join("") + stream.end();
    },
    async *lines(lines) {
      const stream = createLineStream(finders);
      for await (const line of wholeLines(lines)) {
        const text = stream.push(line);
        if (text === "") continue;
        yield Buffer.from(text);
        // A block takes some 10 ms: whoever else waits for this process is served between two of them.
        await setImmediate();
      }
      const last = stream.end();
      if (last !== "") yield Buffer.from(last);
    },
  };
}

/** Whether a text holds what is known as a secret by its form, or by what it is assigned to: `SharedAccessKey=...`. */
export function holdsSecret(text: string): boolean {
  return beginOfKey.test(text) || !knownForms(text).next().done || !assignedSecrets(text).next().done;
}

/** Lines as text, those that are too long without their rest. */
async function* wholeLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let line = "";
  for await (const piece of pieces) {
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("utf8");
    if (line.length <= longestLine) line += text;
    if (!text.endsWith("\n")) continue;
    yield shortened(line);
    line = "";
  }
  if (line !== "") yield shortened(line);
}

function shortened(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine - beforeCut)}${redacted}\n`;
}
