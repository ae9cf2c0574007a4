import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";
import type { DeviceCertificate } from "../device-credential.ts";

/** What connections of HTTPS are made with. */
export interface HttpsTerms {
  /** PEM of CAs, one each, that are trusted beside those of Node and of `NODE_EXTRA_CA_CERTS`. */
  readonly ca: readonly string[];
  /** Whom TLS shows the other side; nobody where tokens do. */
  readonly client?: Pick<DeviceCertificate, "certificate" | "privateKey"> | undefined;
}

/** The same with a way. */
export interface HttpsWay extends HttpsTerms {
  /** URL of the proxy by which the host is reached; undefined: none. */
  readonly proxy?: string | undefined;
  /** Milliseconds for each step of making a connection: TCP, the proxy's answer to CONNECT, TLS. Default: 10 s */
  readonly connectTimeout?: number;
}

/** Makes the connections of HTTPS; tests lead them to a hub of their own. */
export type ConnectHttps = (way: HttpsWay) => Promise<Dispatcher>;

/** Of one iotedged to one hub: it makes one call after the other. */
const connections = 2;
const usualTimeout = 10_000;

export const connectHttps: ConnectHttps = async ({ proxy, connectTimeout = usualTimeout, ...terms }) => {
  // Here, so that who imports this room and calls nothing does not load it.
  const { Agent, Pool, ProxyAgent } = await import("undici");
  const tls = { ...tlsOf(terms), timeout: connectTimeout };
  if (proxy === undefined) return new Agent({ connections, connect: tls, allowH2: false });
  const proxyTls = { ca: tls.ca, timeout: connectTimeout };
  return new ProxyAgent({
    ...{ uri: proxy, connections, requestTls: tls, proxyTls, allowH2: false },
    // To the library CONNECT is a request, whose answer it waits for 5 minutes: so long all calls would wait for a silent proxy.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeout }),
  });
};

/** The same as Node's TLS has it. */
export function tlsOf({ ca, client }: HttpsTerms) {
  return { ca: trusted(ca), ...(client && { cert: client.certificate, key: client.privateKey }) };
}

/** The CAs by which a hub may be known, with those in `ca`. */
export function trusted(ca: readonly string[]): string[] {
  return [...getCACertificates("default"), ...ca];
}
