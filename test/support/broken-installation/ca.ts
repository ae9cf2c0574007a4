import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const day = 86_400_000;

/** A CA in PEM, with its key. */
export async function makeCaWithKey(notAfter: number): Promise<{ readonly certificate: string; readonly key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=ca",
    notBefore: new Date(notAfter - 400 * day),
    notAfter: new Date(notAfter),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { certificate: made.toString("pem"), key };
}

/** A CA's certificate in PEM. */
export async function makeCa(notAfter: number): Promise<string> {
  return (await makeCaWithKey(notAfter)).certificate;
}
