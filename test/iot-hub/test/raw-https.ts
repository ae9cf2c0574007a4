import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { FakeIotHub } from "../index.ts";

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** In TLS and as `Host`. */
  readonly host?: string;
  /** In TLS alone. */
  readonly serverName?: string;
  readonly client?: { readonly cert: string; readonly key: string };
}

/** The fake, and where it listens. */
export interface Reachable {
  readonly fake: FakeIotHub;
  readonly ports: { readonly https: number };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request that may be wrong. */
export function send({ fake, ports }: Reachable, request: RawRequest): Promise<RawAnswer> {
  const { method = "GET", path, headers = {}, body, host = "hub.test", client = {}, serverName = host } = request;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const type = content === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        ...{ method, path, host: "127.0.0.1", port: ports.https, servername: serverName, ca: fake.caPem, agent: false },
        ...client,
        headers: { host, ...type, ...headers },
      },
      async (answer) => {
        const text = (await answer.toArray()).join("");
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      },
    );
    sent.on("error", reject);
    sent.end(content);
  });
}
