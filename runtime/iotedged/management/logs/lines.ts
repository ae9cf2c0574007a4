import { timeOf } from "#contract";

const space = 0x20;

/** Takes from each line the time that the API server put before it. */
export async function* withoutTimes(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield timeOf(line) === undefined ? line : line.subarray(line.indexOf(space) + 1);
}

/**
 * The last lines, once all have come.
 *
 * @param maxBytes of all lines together: older ones are left out, so that the memory is bounded
 */
export async function* lastOf(lines: AsyncIterable<Buffer>, count: number, maxBytes: number): AsyncGenerator<Buffer> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const line of lines) {
    kept.push(Buffer.from(line));
    bytes += line.length;
    while (kept.length > count || bytes > maxBytes) bytes -= kept.shift()?.length ?? 0;
  }
  yield* kept;
}
