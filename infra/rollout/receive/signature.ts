import { createHmac, timingSafeEqual } from "node:crypto";

/** Header in which Flux's `generic-hmac` provider signs a body. */
export const signatureHeader = "x-signature";

const form = /^sha256=([0-9a-f]{64})$/;
/** Bytes. A key that can be guessed signs nothing. */
export const keyBytes = { least: 32, most: 4096 } as const;

/**
 * Whether the body was signed by who has the key. Takes as long whatever is wrong.
 *
 * @param key undefined where there is none: then nothing is valid
 */
export function isSignedBy(key: Buffer | undefined, body: Buffer, header: string | undefined): boolean {
  const given = form.exec(header ?? "")?.[1] ?? "";
  const usable = key !== undefined && key.length >= keyBytes.least && key.length <= keyBytes.most;
  const expected = createHmac("sha256", usable ? key : nobody)
    .update(body)
    .digest();
  const found = Buffer.alloc(expected.length);
  found.write(given, "hex");
  return timingSafeEqual(found, expected) && usable && given !== "";
}

const nobody = Buffer.alloc(keyBytes.least);
