import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { unreadable } from "./corpus.ts";

/** Status line, header fields and body of a response, as they came. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Sends bytes as they are and reads to the end of the connection: one response per request that was answered. The last
 * request must be one after which the proxy closes the connection, such as one with `Connection: close`.
 */
export async function sendRaw(port: number, bytes: string, host = "127.0.0.1"): Promise<RawResponse[]> {
  const socket = connect(port, host);
  await once(socket, "connect");
  // A reset is told to whoever reads; one that comes while nobody reads must not end the test run.
  socket.on("error", () => {});
  socket.setTimeout(20_000, () => socket.destroy(new Error("the proxy kept the connection open")));
  socket.write(Buffer.from(bytes, "latin1"));
  return parseResponses(await text(socket));
}

/**
 * Why the proxy refused or failed a request; undefined for an answer of iotedged's. HAProxy has a page of its own, in
 * HTML, for what it cannot read as a request; iotedged has none.
 */
export function reasonOf(response: RawResponse | undefined): string | undefined {
  if (response?.headers.get("content-type") === "text/html") return unreadable;
  return response?.headers.get("x-iotedge-proxy-error");
}

/** Whether nobody listens on the port. */
export async function isRefused(port: number, host = "127.0.0.1"): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
}

function parseResponses(raw: string): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let rest = raw; rest !== ""; ) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`not an HTTP response: ${rest}`);
    const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const status = Number(statusLine.split(" ")[1]);
    const after = rest.slice(end + 4);
    const [body, next] = status < 200 ? (["", after] as const) : splitBody(after, headers);
    responses.push({ status, headers, body });
    rest = next;
  }
  return responses;
}

function splitBody(rest: string, headers: ReadonlyMap<string, string>): [body: string, next: string] {
  if (headers.get("transfer-encoding") === "chunked") return splitChunked(rest);
  const length = headers.get("content-length");
  const size = length === undefined ? rest.length : Number(length);
  return [rest.slice(0, size), rest.slice(size)];
}

function splitChunked(rest: string): [body: string, next: string] {
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (!(size >= 0)) throw new Error(`not a chunk: ${rest.slice(at)}`);
    if (size === 0) return [body, rest.slice(lineEnd + 4)];
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
