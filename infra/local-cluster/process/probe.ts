import { request } from "node:https";
import { connect, type NetConnectOpts } from "node:net";

/** Milliseconds that a server may take to answer a probe. */
const timeout = 2_000;

/** Whether a server accepts connections. */
export function acceptsConnections(target: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => finish(true));
    socket.on("timeout", () => finish(false));
    socket.on("error", () => finish(false));
  });
}

/** How a client proves who it is and checks who answers; all PEM. */
export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Fetches a JSON or text document of the API server.
 *
 * @returns undefined if there is no answer, or its status is not 200
 */
export function fetchText(url: string, tls: ClientTls): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request(url, { ...tls, timeout, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve(response.statusCode === 200 ? body : undefined));
      response.on("error", () => resolve(undefined));
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(undefined));
    call.end();
  });
}
