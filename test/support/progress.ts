/** Writes a line of progress straight to stderr, so that long set-up does not look hung. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
