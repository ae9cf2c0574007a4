import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import type { TestCa } from "../fakes/test-ca.ts";

/**
 * A certificate for a server on this machine, and its key, as PEM.
 *
 * @param address by which it is called beside `localhost`
 */
export async function serverCertificate(
  ca: TestCa,
  address = "127.0.0.1",
): Promise<{ readonly cert: string; readonly key: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const hour = 3_600_000;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "02",
    subject: "CN=receiver",
    issuer: ca.certificate.subjectName,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 24 * hour),
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: "ip", value: address },
        { type: "dns", value: "localhost" },
      ]),
    ],
  });
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  return { cert: `${certificate.toString("pem")}\n`, key };
}
