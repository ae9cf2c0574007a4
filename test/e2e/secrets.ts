import { type Traces, tracesOf } from "../support/secret-traces.ts";
import { items } from "./cluster.ts";

/** Traces of each value of each Secret in a namespace, but of certificates, which everybody may see. */
export async function tracesOfSecrets(namespace: string): Promise<Traces> {
  const secrets = await items("secrets", ["-n", namespace]);
  const values = secrets.flatMap(({ metadata, data }) =>
    Object.entries<string>(data ?? {}).map(
      ([key, value]) => [`${metadata.name}/${key}`, Buffer.from(value, "base64")] as const,
    ),
  );
  return new Map(values.filter(([, value]) => !isCertificate(value)).map(([name, value]) => [name, tracesOf(value)]));
}

function isCertificate(value: Buffer): boolean {
  return /^(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*)+$/.test(value.toString("latin1"));
}
