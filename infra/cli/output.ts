import type { Writable } from "node:stream";

/** Results, on stdout. */
export interface Output {
  /** Resolves when the reader has taken it. Once the reader is gone, as with `| head`, the rest is dropped. */
  write(text: string): Promise<void>;
  json(value: unknown): Promise<void>;
}

export function createOutput(stream: Writable): Output {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed = true;
  });
  const write = async (text: string) => {
    if (closed) return;
    await new Promise<void>((resolve) => stream.write(text, () => resolve()));
  };
  return { write, json: (value) => write(`${JSON.stringify(value, null, 2)}\n`) };
}
