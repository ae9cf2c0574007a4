import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StreamedAnswer } from "../api/streamed-answer.ts";
import type { HttpError } from "./http-error.ts";

/** Headers of every answer of a request: names and values in turn. */
export type CommonHeaders = readonly string[];

const json = "application/json; charset=utf-8";

const noContent = 204;

export function sendJson(response: ServerResponse, status: number, value: unknown, common: CommonHeaders): void {
  if (status === noContent) {
    response.writeHead(status, [...common]).end();
    return;
  }
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, [...common, "content-type", json, "content-length", length]).end(body);
}

/** Sends bytes as they come, however long nothing comes; throws what the source throws. */
export async function sendStream(
  response: ServerResponse,
  status: number,
  { mediaType, chunks }: StreamedAnswer,
  common: CommonHeaders,
): Promise<void> {
  response.setTimeout(0);
  response.writeHead(status, [...common, "content-type", mediaType]);
  response.flushHeaders();
  await pipeline(Readable.from(chunks), response);
}

/** Answers an error; where an answer has begun already, all that can be done is to break it off. */
export function sendError(response: ServerResponse, error: HttpError, common: CommonHeaders): void {
  if (response.headersSent) response.destroy();
  else
    sendJson(response, error.status, { message: error.message }, [
      ...common,
      ...Object.entries(error.headers ?? {}).flat(),
    ]);
}
