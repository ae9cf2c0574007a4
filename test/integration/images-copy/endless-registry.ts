import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";

const oci = (kind: string) => `application/vnd.oci.image.${kind}`;
const chunk = Buffer.alloc(256 * 1024);

/** A registry with one image, whose layer has no end. It speaks plain HTTP on the loopback. */
export interface EndlessRegistry extends AsyncDisposable {
  readonly host: string;
  /** What has asked for the layer, and how much it was sent. */
  readonly sent: { layers: number; bytes: number };
}

/** @param size of the layer, as the manifest says */
export async function startEndlessRegistry(size: number | undefined): Promise<EndlessRegistry> {
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
  );
  const layer = digestOf(Buffer.from("what nobody ever sees"));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: oci("manifest.v1+json"),
      config: { mediaType: oci("config.v1+json"), digest: digestOf(config), size: config.length },
      layers: [{ mediaType: oci("layer.v1.tar"), digest: layer, size }],
    }),
  );
  const sent = { layers: 0, bytes: 0 };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path.endsWith(`/blobs/${layer}`) && request.method === "GET") void sendForEver(response, sent);
    else if (path.endsWith(`/blobs/${digestOf(config)}`)) response.end(config);
    else if (path.includes("/manifests/")) {
      response.setHeader("docker-content-digest", digestOf(manifest));
      response.setHeader("content-type", oci("manifest.v1+json"));
      response.end(manifest);
    } else response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function sendForEver(response: ServerResponse, sent: EndlessRegistry["sent"]): Promise<void> {
  sent.layers += 1;
  await pipeline(Readable.from(chunks(sent)), response).catch(() => {});
}

async function* chunks(sent: EndlessRegistry["sent"]): AsyncGenerator<Buffer> {
  for (;;) {
    sent.bytes += chunk.length;
    yield chunk;
    // A network is slower than a loopback, and the disk of who runs the test is theirs.
    await delay(1);
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
