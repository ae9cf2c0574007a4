const newline = 0x0a;
const space = 0x20;
/** A line that is longer is treated as several. */
const maxLine = 1024 * 1024;
const maxTime = 40;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Cuts bytes into lines, each with its line feed; the last may have none. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline)) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
    if (rest.length <= maxLine) continue;
    yield rest;
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield rest;
}

/**
 * The lines up to a time.
 *
 * @param lines in the order of time, each with its own before the first space, as the API server writes it; one without
 *   belongs to the line before it
 * @param until milliseconds since the epoch
 */
export async function* upTo(lines: AsyncIterable<Buffer>, until: number): AsyncGenerator<Buffer> {
  for await (const line of lines) {
    if ((timeOf(line) ?? 0) > until) return;
    yield line;
  }
}

/** Milliseconds since the epoch that the API server put before a line; undefined without. */
export function timeOf(line: Buffer): number | undefined {
  const text = line.subarray(0, Math.min(Math.max(line.indexOf(space), 0), maxTime)).toString("latin1");
  return rfc3339.test(text) ? Date.parse(text) : undefined;
}
