import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import type { RunningProxy } from "../../../runtime/proxy/test/proxy.ts";

/** How often each was something new, as the proxy's status and iotedged's TLS told. */
export interface Renewals {
  readonly tokens: number;
  readonly bundles: number;
  /** CAs from which iotedged's certificate comes. */
  readonly cas: number;
}

/** Watches renewals until it is stopped. */
export interface Observation {
  stop(): Promise<{ readonly renewals: Renewals; readonly refused: number }>;
}

/** Milliseconds between looks; far less than between two changes. */
const interval = 500;

export async function observeRenewals(proxy: RunningProxy, iotedgedPort: number): Promise<Observation> {
  const expiries = new Set<number>();
  const hashes = new Set<string>();
  const cas = new Set<string>();
  let running = true;

  async function look(): Promise<void> {
    const status = JSON.parse((await proxy.observe("/status")).body);
    expiries.add(status.tokenNotAfter);
    hashes.add(status.trustBundle);
    cas.add(await servingCa(iotedgedPort));
  }

  await look();
  const watching = (async () => {
    for (; running; await sleep(interval)) await look();
  })();
  return {
    async stop() {
      running = false;
      await watching;
      const renewals = { tokens: expiries.size - 1, bundles: hashes.size - 1, cas: cas.size - 1 };
      const refused = ["token", "trust_bundle"].map((what) =>
        proxy.metric(`iotedge_proxy_${what}_changes_total{result="rejected"}`),
      );
      const [tokens = 0, bundles = 0] = await Promise.all(refused);
      return { renewals, refused: tokens + bundles };
    },
  };
}

/** Fingerprint of the CA above the certificate that the server shows. */
async function servingCa(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { issuerCertificate } = socket.getPeerCertificate(true);
  socket.destroy();
  return issuerCertificate.fingerprint256;
}
