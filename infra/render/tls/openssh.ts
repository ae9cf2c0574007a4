import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";

/** Public key as OpenSSH writes it. */
export interface OpensshPublicKey {
  /** `ecdsa-sha2-nistp256 AAAA...`, with a newline at the end. */
  readonly authorizedKey: string;
  readonly md5: string;
  readonly sha256: string;
}

const curves: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** The public half of `key` for OpenSSH, or undefined where OpenSSH has no such kind of key (P-224). */
export function opensshPublicKey(key: KeyObject): OpensshPublicKey | undefined {
  const fields = publicFields(key);
  if (fields === undefined) return undefined;
  const blob = Buffer.concat(fields.map(field));
  const hash = (algorithm: string) => createHash(algorithm).update(blob);
  return {
    authorizedKey: `${fields[0]} ${blob.toString("base64")}\n`,
    md5: hash("md5")
      .digest("hex")
      .replace(/..(?=.)/g, "$&:"),
    sha256: `SHA256:${hash("sha256").digest("base64").replace(/=+$/, "")}`,
  };
}

/**
 * Private key in the format of openssh-key-v1, without passphrase, or undefined where OpenSSH has no such kind of key.
 *
 * @param check four random bytes
 */
export function opensshPrivateKey(key: KeyObject, check: Uint8Array): string | undefined {
  const fields = publicFields(key);
  if (fields === undefined) return undefined;
  const secret = Buffer.concat([check, check, ...privateFields(key, fields).map(field), field("")]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(Buffer.concat(fields.map(field))),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

type Field = string | Uint8Array;

function publicFields(key: KeyObject): readonly Field[] | undefined {
  // Node exports no JWK of curves that JOSE lacks, P-224 among them.
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
  const jwk = createPublicKey(key).export({ format: "jwk" });
  if (jwk.kty === "RSA") return ["ssh-rsa", integer(bytes(jwk, "e")), integer(bytes(jwk, "n"))];
  if (jwk.kty === "OKP") return ["ssh-ed25519", bytes(jwk, "x")];
  const curve = curves[jwk.crv ?? ""];
  if (curve === undefined) return undefined;
  return [`ecdsa-sha2-${curve}`, curve, Buffer.concat([Buffer.from([4]), bytes(jwk, "x"), bytes(jwk, "y")])];
}

function privateFields(key: KeyObject, publicHalf: readonly Field[]): readonly Field[] {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") {
    const rest = ["n", "e", "d", "qi", "p", "q"].map((name) => integer(bytes(jwk, name)));
    return ["ssh-rsa", ...rest];
  }
  if (jwk.kty === "OKP") return [...publicHalf, Buffer.concat([bytes(jwk, "d"), bytes(jwk, "x")])];
  return [...publicHalf, integer(bytes(jwk, "d"))];
}

function bytes(jwk: JsonWebKey, name: string): Buffer {
  return Buffer.from(String(jwk[name]), "base64url");
}

/** Big-endian two's complement without superfluous zeros, as SSH writes numbers. */
function integer(magnitude: Buffer): Buffer {
  const start = magnitude.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.alloc(0) : magnitude.subarray(start);
  return (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}

function field(value: Field): Buffer {
  const content = Buffer.from(value as Uint8Array);
  return Buffer.concat([uint32(content.length), content]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
