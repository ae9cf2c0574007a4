import type { Writable } from "node:stream";
import { cleanJson } from "./clean-text.ts";

/** Results, on stdout. */
export interface Output {
  /** Resolves when the reader has taken it. Once the reader is gone, as with `| head`, the rest is dropped. */
  write(data: string | Uint8Array): Promise<void>;
  /** Text that says the same, with nothing in it that a terminal or a log acts on. */
  json(value: unknown): Promise<void>;
}

export function createOutput(stream: Writable): Output {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    closed = true;
  });
  const write = async (data: string | Uint8Array) => {
    if (closed) return;
    await new Promise<void>((resolve) => stream.write(data, () => resolve()));
  };
  return { write, json: (value) => write(`${cleanJson(JSON.stringify(value, null, 2))}\n`) };
}
