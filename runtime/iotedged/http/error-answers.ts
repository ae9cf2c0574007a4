import type { Socket } from "node:net";
import type { FastifyError } from "fastify";
import { HttpError } from "./http-error.ts";

/** What to answer for something that was thrown: the body is `{"message"}`, as clients of IoT Edge read it. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { statusCode = 500, code, validation } = error as Partial<FastifyError>;
  if (validation !== undefined) return new HttpError(400, "bad-request", (error as Error).message);
  if (statusCode >= 500) return new HttpError(500, "unavailable", "Internal error", { cause: error });
  const message = messages[code ?? ""] ?? "The request is not valid";
  return new HttpError(statusCode, "bad-request", message);
}

const messages: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "The body is too large",
  FST_ERR_CTP_EMPTY_JSON_BODY: "The body is empty",
  FST_ERR_CTP_INVALID_JSON_BODY: "The body is not JSON",
  FST_ERR_BAD_URL: "The path is not valid",
};

const parserStatus: Readonly<Record<string, readonly [status: number, phrase: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout"],
};

/** Answers what is no HTTP request, and hangs up: nobody knows where a next request would begin. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
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
}
