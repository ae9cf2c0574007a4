import { createHash, X509Certificate } from "node:crypto";
import { certificateBlocks } from "../certificates/pem.ts";
import type { TrustBundle } from "../certificates/trust-bundle.ts";

/** Who stands above a certificate, each by the first 16 hexadecimal digits of its SHA-256. */
export interface Issuer {
  /** The CA that has signed it. */
  readonly ca: string;
  /** The CA of the trust bundle above that; empty where the bundle has none. */
  readonly root: string;
}

const shownDigits = 16;

/**
 * Finds who stands above certificates. Answers are kept while the bundle stays the same, since one chain follows
 * thousands of leaves.
 */
export function createIssuerFinder(bundle: { readonly current: TrustBundle }): (chain: string) => Issuer {
  const known = new Map<string, Issuer>();
  let hash = "";
  return (chain) => {
    if (hash !== bundle.current.hash) {
      known.clear();
      hash = bundle.current.hash;
    }
    const issuer = known.get(chain) ?? findIssuer(chain, bundle.current.pem);
    known.set(chain, issuer);
    return issuer;
  };
}

/** What follows the leaf in a PEM chain: the CA that has signed it, then those above. */
export function chainAbove(certificate: string): string {
  return certificateBlocks(certificate).slice(1).join("\n");
}

function findIssuer(chain: string, bundle: string): Issuer {
  const above = certificateBlocks(chain).map((pem) => new X509Certificate(pem));
  const trusted = certificateBlocks(bundle).map((pem) => new X509Certificate(pem));
  const root = trusted.find((authority) =>
    above.some((ca) => ca.fingerprint256 === authority.fingerprint256 || isIssuedBy(ca, authority)),
  );
  const [ca] = above;
  return { ca: ca === undefined ? "" : shortPrint(ca), root: root === undefined ? "" : shortPrint(root) };
}

function isIssuedBy(ca: X509Certificate, authority: X509Certificate): boolean {
  return ca.checkIssued(authority) && ca.verify(authority.publicKey);
}

function shortPrint(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex").slice(0, shownDigits);
}
