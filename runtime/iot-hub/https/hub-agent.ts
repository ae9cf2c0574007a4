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

/** Makes the connections of HTTPS; tests lead them to a hub of their own. */
export type ConnectHttps = (terms: HttpsTerms) => Promise<Dispatcher>;

/** Of one iotedged to one hub: it makes one call after the other. */
const connections = 2;
const connectTimeout = 10_000;

export const connectHttps: ConnectHttps = async (terms) => {
  // Here, so that who imports this room and calls nothing does not load it.
  const { Agent } = await import("undici");
  return new Agent({ connections, connect: { ...tlsOf(terms), timeout: connectTimeout }, allowH2: false });
};

/** The same as Node's TLS has it. */
export function tlsOf({ ca, client }: HttpsTerms) {
  return { ca: trusted(ca), ...(client && { cert: client.certificate, key: client.privateKey }) };
}

/** The CAs by which a hub may be known, with those in `ca`. */
export function trusted(ca: readonly string[]): string[] {
  return [...getCACertificates("default"), ...ca];
}
