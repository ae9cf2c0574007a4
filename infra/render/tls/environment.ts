import { generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";

export type KeyAlgorithm =
  | { readonly name: "RSA"; readonly bits: number }
  | { readonly name: "ECDSA"; readonly curve: "P224" | "P256" | "P384" | "P521" }
  | { readonly name: "ED25519" };

/** What makes one run differ from another. Tests give their own. */
export interface TlsEnvironment {
  /** Milliseconds since the epoch. */
  now(): number;
  random(bytes: number): Uint8Array;
  generateKey(algorithm: KeyAlgorithm): Promise<KeyObject>;
}

const curveNames = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" } as const;
const generate = promisify(generateKeyPair);

export const systemTlsEnvironment: TlsEnvironment = {
  now: () => Date.now(),
  random: (bytes) => randomBytes(bytes),
  generateKey: async (algorithm) => {
    switch (algorithm.name) {
      case "RSA":
        return (await generate("rsa", { modulusLength: algorithm.bits })).privateKey;
      case "ECDSA":
        return (await generate("ec", { namedCurve: curveNames[algorithm.curve] })).privateKey;
      case "ED25519":
        return (await generate("ed25519")).privateKey;
    }
  },
};
