import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry on this machine's loopback, which nodes of the local cluster reach by plain HTTP. It has no image. */
export interface EmptyRegistry {
  /** Host and port, as image names begin with it. */
  readonly address: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the OCI distribution specification has it, by the first part of the repository's name. */
const answers: Readonly<Record<string, Answer>> = {
  private: { status: 401, code: "UNAUTHORIZED", headers: { "www-authenticate": 'Basic realm="registry"' } },
  broken: { status: 503 },
};
const notFound: Answer = { status: 404, code: "MANIFEST_UNKNOWN" };

/** Starts a registry: `private/...` wants credentials, `broken/...` cannot be served, all else does not exist. */
export async function startEmptyRegistry(): Promise<EmptyRegistry> {
  const server = createServer(({ url = "" }, response) => {
    const [, , first = ""] = url.split("/");
    send(response, answers[first] ?? notFound);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, { status, code, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(code === undefined ? "" : JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
