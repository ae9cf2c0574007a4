import type { Dispatcher } from "undici";
import { type Json, parseJson, untilAborted } from "#base";

/** One request to a hub. */
export interface HubRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** Undefined where TLS says who calls. */
  readonly authorization: string | undefined;
  /** `*`: what is written has to be there. */
  readonly ifMatch?: "*" | undefined;
  readonly body?: Json | undefined;
}

/** What a hub says, whatever the status. */
export interface HubAnswer {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
  /** Header `iothub-errorcode`, such as `DeviceNotFound`. */
  readonly errorName: string | undefined;
  /** Milliseconds to wait before the next call. */
  readonly retryAfter: number | undefined;
  /** The hub's clock, in milliseconds since the epoch, to a second. */
  readonly time: number | undefined;
}

/** A request got no answer, or none that is small enough. The message has the reason alone. */
export class NoHubAnswer extends Error {
  override readonly name = "NoHubAnswer";
}

/** Of 50 modules with twice what each has today. */
const maxBytes = 256 * 1024;
const maxDepth = 16;
const mostRetryAfter = 3_600_000;
/** What nobody's name is made of. */
const errorNames = /^[A-Za-z]{1,64}$/;

/**
 * @param limits.timeout milliseconds until the whole answer has to be there
 * @param limits.now by which a `Retry-After` that names a time is read
 * @throws NoHubAnswer
 */
export async function callHub(
  dispatcher: Dispatcher,
  origin: string,
  request: HubRequest,
  limits: { readonly timeout: number; readonly signal: AbortSignal; readonly now: number },
): Promise<HubAnswer> {
  const { request: send } = await import("undici");
  const until = AbortSignal.any([AbortSignal.timeout(limits.timeout), limits.signal]);
  try {
    const sending = send(origin + request.path, {
      ...{ dispatcher, method: request.method, signal: until },
      headers: {
        ...(request.authorization !== undefined && { authorization: request.authorization }),
        "user-agent": "pulumi-iotedge",
        accept: "application/json",
        ...(request.ifMatch !== undefined && { "if-match": request.ifMatch }),
        ...(request.body !== undefined && { "content-type": "application/json" }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
    });
    // While it connects, the library heeds no signal.
    const { statusCode: status, headers, body } = await untilAborted(sending, until);
    const text = await readBounded(body);
    const header = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
    const errorName = header("iothub-errorcode");
    const time = Date.parse(header("date") ?? "");
    return {
      status,
      body: parseJson(text, { maxDepth }),
      errorName: errorName !== undefined && errorNames.test(errorName) ? errorName : undefined,
      retryAfter: retryAfterOf(header("retry-after"), limits.now),
      time: Number.isNaN(time) ? undefined : time,
    };
  } catch (cause) {
    throw new NoHubAnswer(until.aborted ? "it does not answer in time" : reasonOf(cause), { cause });
  }
}

async function readBounded(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`its answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds, or a time of HTTP. */
function retryAfterOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), mostRetryAfter);
}

/** The code of the error that began it, or its text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
