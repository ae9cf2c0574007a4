import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const day = 86_400_000;

/** A CA's certificate in PEM. */
export async function makeCa(notAfter: number): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=ca",
    notBefore: new Date(notAfter - 400 * day),
    notAfter: new Date(notAfter),
    signingAlgorithm: algorithm,
    keys: await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]),
  });
  return made.toString("pem");
}
