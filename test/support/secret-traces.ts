import { createPrivateKey } from "node:crypto";
import { unzipSync } from "fflate";

const jwt = /eyJ[\w-]{8,}\.[\w-]{8,}\./;
const privateKey = /PRIVATE KEY/;
/** OpenSSL reads no key in OpenSSH's form. */
const readByOpenssl = /-----BEGIN (EC |RSA )?PRIVATE KEY-----/;
const leastLength = 6;

/** What gives a secret away, by what it is: texts that stand in nothing that may be shown. */
export type Traces = ReadonlyMap<string, readonly string[]>;

/** A value as it is and in all ways that it is likely to be written, and of a key the secret number, too. */
export function tracesOf(value: Buffer): string[] {
  const text = value.toString("latin1");
  const lines = text.split("\n").filter((line) => !line.startsWith("-----"));
  const forms = [value, ...numbersOf(text)].flatMap((bytes) =>
    (["latin1", "base64", "base64url", "hex"] as const).map((encoding) => bytes.toString(encoding)),
  );
  return [...lines, ...forms].filter(({ length }) => length >= leastLength);
}

function numbersOf(text: string): Buffer[] {
  if (!readByOpenssl.test(text)) return [];
  const key = createPrivateKey(text);
  const { d = "" } = key.export({ format: "jwk" });
  return [key.export({ format: "der", type: "pkcs8" }), Buffer.from(d, "base64url")];
}

/** {@link leaksIn} of an archive's files. */
export function leaksOf(archive: Uint8Array, traces: Traces): string[] {
  return leaksIn(Object.entries(unzipSync(archive)), traces);
}

/** Names of what files give away, with the file: secrets, and whatever looks like a token or a private key. */
export function leaksIn(files: Iterable<readonly [file: string, bytes: Uint8Array]>, traces: Traces): string[] {
  return [...files].flatMap(([file, bytes]) => {
    const text = Buffer.from(bytes).toString("latin1");
    const found = [...traces].filter(([, list]) => list.some((trace) => text.includes(trace))).map(([name]) => name);
    const shapes = [jwt, privateKey].filter((shape) => shape.test(text)).map(String);
    return [...found, ...shapes].map((what) => `${file}: ${what}`);
  });
}
