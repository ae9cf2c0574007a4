import { once } from "node:events";
import { connect } from "node:tls";

/** A request as bytes, so that it may be as wrong as it likes. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Lines, also such as are no headers. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
}

export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  /** All that came: status line, headers, body. */
  readonly text: string;
}

/** Sends one request over a connection of its own, and reads until iotedged hangs up. */
export async function sendRaw(
  endpoint: { readonly port: number; readonly ca: string },
  { method, target, headers, body }: RawRequest,
): Promise<RawAnswer> {
  const socket = connect({ host: "127.0.0.1", port: endpoint.port, ca: endpoint.ca, servername: "iotedged" });
  // A reset while the body is still being sent is an answer, too.
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${target} HTTP/1.1`, "Host: iotedged", "Connection: close", ...headers, ...length];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body ?? ""}`);
  const parts: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => parts.push(chunk));
  await once(socket, "close");
  const text = Buffer.concat(parts).toString("latin1");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}
