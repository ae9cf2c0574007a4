/** Writes one JSON line to stdout. */
export function print(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
