import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry on this machine's loopback, which nodes of the local cluster reach by plain HTTP. It has no image that this machine could run. */
export interface EmptyRegistry {
  /** Host and port, as image names begin with it. */
  readonly address: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const indexType = "application/vnd.oci.image.index.v1+json";
/** An image that is for mainframes alone. Nobody gets so far as to ask for what it names. */
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: indexType,
  manifests: [
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: digestOf("none"),
      size: 4,
      platform: { os: "linux", architecture: "s390x" },
    },
  ],
});

/** As the OCI distribution specification has it, by the first part of the repository's name. */
const answers: Readonly<Record<string, Answer>> = {
  private: { status: 401, code: "UNAUTHORIZED", headers: { "www-authenticate": 'Basic realm="registry"' } },
  broken: { status: 503 },
  foreign: {
    status: 200,
    body: index,
    headers: {
      "content-type": indexType,
      "content-length": String(Buffer.byteLength(index)),
      "docker-content-digest": digestOf(index),
    },
  },
};
const notFound: Answer = { status: 404, code: "MANIFEST_UNKNOWN" };

/** Starts a registry: `private/...` wants credentials, `broken/...` cannot be served, `foreign/...` is for another architecture, all else does not exist. */
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

function send(response: ServerResponse, { status, code, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(code === undefined ? (body ?? "") : JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
