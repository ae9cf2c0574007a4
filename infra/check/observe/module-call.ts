import { request } from "node:http";
import type { Duplex } from "node:stream";
import { isJsonObject, parseJson } from "#base";

const maxBody = 64 * 1024;
const patience = 10_000;
const maxMessage = 300;

/** A request to a program in a pod, which takes it for one of its own pod's. */
export interface PodRequest {
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

export interface PodAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  /** What it says where it is no success. */
  readonly message: string;
}

/** Connects to a port of the pod. */
export type ConnectPod = (port: number) => Promise<Duplex>;

/** Sends one request over a connection of its own. */
export async function callPod(connect: ConnectPod, { port, method, path, body }: PodRequest): Promise<PodAnswer> {
  const connection = await connect(port);
  const content = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await new Promise<PodAnswer>((resolve, reject) => {
      const sending = request({
        method,
        path,
        // The proxy takes no other host.
        headers: {
          host: `localhost:${port}`,
          ...(content !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(content),
          }),
        },
        createConnection: () => connection,
        signal: AbortSignal.timeout(patience),
      });
      connection.on("error", reject);
      sending.on("error", reject);
      sending.on("response", (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on("data", (part: Buffer) => {
          size += part.length;
          if (size <= maxBody) parts.push(part);
        });
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const parsed = parseJson(text);
          const told = isJsonObject(parsed) ? String(parsed.message ?? "") : text.replace(/<[^>]*>/g, " ").trim();
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: parsed, message: told.slice(0, maxMessage) });
        });
      });
      sending.end(content);
    });
  } finally {
    connection.destroy();
  }
}
