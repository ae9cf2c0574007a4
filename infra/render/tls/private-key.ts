import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { KeyAlgorithm, TlsEnvironment } from "./environment.ts";
import { InvalidTlsInput, type TlsInputs } from "./inputs.ts";
import { opensshPrivateKey, opensshPublicKey } from "./openssh.ts";

/** What a tls resource computes: its id and the outputs that are not inputs. */
export interface Computed {
  readonly id: string;
  readonly outputs: Readonly<Record<string, string | boolean>>;
}

const curves = ["P224", "P256", "P384", "P521"] as const;

/** Outputs of `tls:index/privateKey:PrivateKey`, in the formats of the real provider. */
export async function computePrivateKey(inputs: TlsInputs, environment: TlsEnvironment): Promise<Computed> {
  const key = await environment.generateKey(algorithmOf(inputs));
  const publicKey = createPublicKey(key);
  const openssh = opensshPublicKey(key);
  return {
    id: createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    outputs: {
      privateKeyPem: traditionalPem(key),
      privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }).toString(),
      privateKeyOpenssh: opensshPrivateKey(key, environment.random(4)) ?? "",
      publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      publicKeyOpenssh: openssh?.authorizedKey ?? "",
      publicKeyFingerprintMd5: openssh?.md5 ?? "",
      publicKeyFingerprintSha256: openssh?.sha256 ?? "",
    },
  };
}

/** Name of the key's algorithm, as the argument `algorithm` writes it. */
export function algorithmName(key: KeyObject): "RSA" | "ECDSA" | "ED25519" {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "RSA";
    case "ec":
      return "ECDSA";
    case "ed25519":
      return "ED25519";
    default:
      throw new InvalidTlsInput(`keys of type ${key.asymmetricKeyType} are not supported`);
  }
}

/** A private key in PEM: PKCS #1, SEC 1 or PKCS #8. The error does not repeat the text. */
export function parsePrivateKey(pem: string, argument: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new InvalidTlsInput(`${argument} is no private key in PEM`);
  }
}

function algorithmOf(inputs: TlsInputs): KeyAlgorithm {
  const name = inputs.text("algorithm");
  switch (name) {
    case "RSA":
      return { name, bits: inputs.count("rsaBits", 1024, 2048) };
    case "ECDSA": {
      const curve = inputs.optionalText("ecdsaCurve") ?? "P224";
      const known = curves.find((item) => item === curve);
      if (known === undefined)
        throw new InvalidTlsInput(`ecdsaCurve is "${curve}"; it must be one of ${curves.join(", ")}`);
      return { name, curve: known };
    }
    case "ED25519":
      return { name };
    default:
      throw new InvalidTlsInput(`algorithm is "${name}"; it must be RSA, ECDSA or ED25519`);
  }
}

/** The format that each algorithm had before PKCS #8, where it had one. */
function traditionalPem(key: KeyObject): string {
  const type = ({ rsa: "pkcs1", ec: "sec1" } as const)[key.asymmetricKeyType as "rsa" | "ec"] ?? "pkcs8";
  return key.export({ type: type as "pkcs8", format: "pem" }).toString();
}
