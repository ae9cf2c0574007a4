import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { trustBundleHeader } from "#contract";
import { alternativeNames } from "../../../runtime/iotedged/certificates/host-names.ts";
import { issueCertificate } from "../../../runtime/iotedged/certificates/issue.ts";
import { loadWorkloadCa } from "../../../runtime/iotedged/certificates/workload-ca.ts";

/** The workload CA and the bundle as iotedged has them mounted. */
export interface Mounted {
  readonly certificate: string;
  readonly key: string;
  readonly bundle: string;
}

/**
 * Stands between a proxy and iotedged, because the name in iotedged's certificate cannot be looked up on this machine.
 * It serves with a certificate for `localhost` from the same CA, and verifies iotedged by the same bundle.
 */
export interface Relay {
  readonly port: number;
  follow(mounted: Mounted): Promise<void>;
  close(): Promise<void>;
}

/** @param options.loadedBundle path of the bundle that the proxy has loaded */
export async function startRelay(options: {
  readonly mounted: Mounted;
  readonly upstreamPort: number;
  readonly loadedBundle: () => string | undefined;
}): Promise<Relay> {
  let current = options.mounted;
  const server = createServer(await certificateOf(current), async (incoming, outgoing) => {
    const path = options.loadedBundle();
    const said = incoming.headers[trustBundleHeader];
    const loaded = said ?? (path === undefined ? undefined : sha256(await readFile(path)));
    const forwarded = request(
      {
        port: options.upstreamPort,
        host: "127.0.0.1",
        servername: "iotedged",
        ca: current.bundle,
        agent: false,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, ...(loaded && { [trustBundleHeader]: loaded }) },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on("error", (error) => outgoing.writeHead(502).end(error.message));
    incoming.pipe(forwarded);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    follow: async (mounted) => {
      current = mounted;
      server.setSecureContext(await certificateOf(mounted));
      server.closeIdleConnections();
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close").catch(() => {});
    },
  };
}

async function certificateOf({ certificate, key }: Mounted) {
  const ca = await loadWorkloadCa(certificate, key);
  const hosts = alternativeNames(["localhost"]);
  const life = { notAfter: Date.now() + 3_600_000 };
  const issued = await issueCertificate(
    ca,
    { commonName: "localhost", alternativeNames: hosts, usage: "server", ...life },
    Date.now(),
  );
  return { cert: issued.certificate, key: issued.privateKey };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
