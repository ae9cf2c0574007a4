import { readFileSync } from "node:fs";

/** A trust bundle and how everyone has to judge it; see `test/fixtures/trust-bundles`. */
export interface BundleVector {
  readonly name: string;
  readonly pem: string;
  readonly verdict: "good" | "bad";
  /** What it takes to see the fault. */
  readonly needs?: "text" | "x509" | "clock";
  readonly reason?: string;
  /** SHA-256 of the certificates of a good bundle. */
  readonly cas?: readonly string[];
}

type Written = Omit<BundleVector, "pem"> & { readonly pem: string; readonly paddedTo?: number };

const { now, vectors } = JSON.parse(
  readFileSync(new URL("../fixtures/trust-bundles/vectors.json", import.meta.url), "utf8"),
) as { readonly now: string; readonly vectors: readonly Written[] };

/** The time at which the vectors are judged. */
export const bundleTime = Date.parse(now);

export const bundleVectors: readonly BundleVector[] = vectors.map(({ paddedTo = 0, pem, ...vector }) => ({
  ...vector,
  pem: pem.padEnd(paddedTo, "\n"),
}));
