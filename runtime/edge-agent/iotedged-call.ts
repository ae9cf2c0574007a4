import { request } from "undici";

/** What iotedged has answered, through the proxy beside EdgeAgent. */
export interface IotedgedAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** It is larger than whoever has asked can take. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

const timeout = 5000;

/**
 * Calls iotedged.
 *
 * @param options.maxBytes of the answer; default 64 KiB
 * @param options.timeout milliseconds until the whole answer has to be there; default 5 s
 * @throws AnswerTooLarge, or what kept it from answering
 */
export async function callIotedged(
  uri: string,
  options: {
    readonly method?: "GET" | "POST";
    readonly body?: string;
    readonly maxBytes?: number;
    readonly timeout?: number;
  } = {},
): Promise<IotedgedAnswer> {
  const { method = "GET", body, maxBytes = 64 * 1024 } = options;
  const response = await request(uri, {
    method,
    signal: AbortSignal.timeout(options.timeout ?? timeout),
    ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new AnswerTooLarge(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode, body: Buffer.concat(chunks) };
}
