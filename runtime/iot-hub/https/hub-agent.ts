import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";

/** Makes the connections of HTTPS; tests lead them to a hub of their own. */
export type ConnectHttps = (tls: { readonly ca: readonly string[] }) => Promise<Dispatcher>;

/** Of one iotedged to one hub: it makes one call after the other. */
const connections = 2;
const connectTimeout = 10_000;

/**
 * Connections that trust the CAs of Node and of `NODE_EXTRA_CA_CERTS`, and those in `ca`.
 *
 * @param ca PEM of CAs, one each
 */
export const connectHttps: ConnectHttps = async ({ ca }) => {
  // Here, so that who imports this room and calls nothing does not load it.
  const { Agent } = await import("undici");
  return new Agent({ connections, connect: { ca: trusted(ca), timeout: connectTimeout }, allowH2: false });
};

/** The CAs by which a hub may be known, with those in `ca`. */
export function trusted(ca: readonly string[]): string[] {
  return [...getCACertificates("default"), ...ca];
}
