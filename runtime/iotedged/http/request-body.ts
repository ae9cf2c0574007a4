import type { IncomingMessage, ServerResponse } from "node:http";
import sjson from "secure-json-parse";
import { badRequest, HttpError } from "./http-error.ts";

/** So many bytes of a body that nobody wants are read, so that its client gets to read the answer. */
const discardLimit = 1024 * 1024;

/**
 * Reads a body of at most `limit` bytes, for which a client that asked first (`Expect`) is told to go on.
 *
 * @throws HttpError 413 when there is more, 400 when the client hangs up
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return Promise.reject(tooLarge());
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on("end", () => resolve(textOf(chunks)));
    request.on("error", () => reject(badRequest("The body is incomplete")));
  });
}

/**
 * Parses JSON that has no keys by which objects are polluted.
 *
 * @throws HttpError 400
 */
export function parseJsonBody(text: string): unknown {
  if (text === "") throw badRequest("The body is empty");
  try {
    return sjson.parse(text, { protoAction: "error", constructorAction: "error" });
  } catch {
    throw badRequest("The body is not JSON");
  }
}

/** Lets the rest of a body go by, within limits, once it is clear that nobody reads it. */
export function discardBody(request: IncomingMessage): void {
  if (request.complete) return;
  let size = 0;
  request.on("error", () => {});
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > discardLimit) request.destroy();
  });
  // Marks the body as read: Node.js would drop the listener above, and discard without limits.
  request.read(0);
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only.toString() : Buffer.concat(chunks).toString();
}

function tooLarge(): HttpError {
  return new HttpError(413, "bad-request", "The body is too large");
}
