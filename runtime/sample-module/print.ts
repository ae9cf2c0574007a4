/** Writes one JSON line to stdout. */
export function print(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

/** Writes a failure as one JSON line, with its cause where there is one: `fetch` says what went wrong only there. */
export function printError(error: unknown): void {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  print({ error: message, ...(cause === undefined ? {} : { cause: String(cause) }) });
}
