import type { Duplex } from "node:stream";
import { HttpError } from "./http-error.ts";

/** What to answer for something that was thrown: the body is `{"message"}`, as clients of IoT Edge read it. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  return new HttpError(500, "unavailable", "Internal error", { cause: error });
}

const parserStatus: Readonly<Record<string, readonly [status: number, phrase: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout"],
};

/**
 * Answers what is no HTTP request, and hangs up: nobody knows where a next request would begin.
 *
 * @returns whether there was somebody to answer
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): boolean {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return false;
  }
  const [status, phrase] = parserStatus[error.code ?? ""] ?? [400, "Bad Request"];
  const body = JSON.stringify({ message: phrase });
  const head = [
    `HTTP/1.1 ${status} ${phrase}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
  return true;
}
