/**
 * Request header that every proxy sets: which trust bundle it has loaded, as the lowercase hex SHA-256 of the bytes of
 * `trust_bundle.pem`. What a module sends under this name never passes its proxy, so iotedged may believe the header as
 * far as it believes the pod's token.
 */
export const trustBundleHeader = "x-iotedge-trust-bundle";

/** What a generation of the root CA is good for. */
export type RootState =
  /** In the bundle, signs nothing: clients get to know it. */
  | "next"
  /** In the bundle, signs the workload CA. */
  | "active"
  /** In the bundle, signs nothing any more: certificates below it are still in use. */
  | "retired"
  /** Out of the bundle at once, because its key is in wrong hands. */
  | "revoked";

/** One generation of the root CA. Its id never names another key. */
export interface TrustRoot {
  readonly id: string;
  readonly state: RootState;
}

/** Ids of the generations that an installation begins with. */
export const firstGeneration = { root: "r1", workloadCa: "w1" } as const;

/** Annotations of ConfigMap `iotedged-proxy-trust-bundle`: what the deployed bundle is made of. */
export const trustAnnotations = {
  /** Generations of the root CA: `r1=retired,r2=active`. */
  roots: "iotedge.dev/trust-roots",
  /** SHA-256 of each root's certificate (DER) by id: `r1=<hex>,r2=<hex>`. */
  fingerprints: "iotedge.dev/trust-root-fingerprints",
  /** Generation of the workload CA: `w1`, or `secret:<name>` of one that the user provides. */
  workloadCa: "iotedge.dev/trust-workload-ca",
  /** SHA-256 of the workload CA's certificate (DER); absent where the user provides it. */
  workloadCaFingerprint: "iotedge.dev/trust-workload-ca-fingerprint",
  /** SHA-256 of the certificate (DER) of each further CA in the bundle, with commas between them. */
  trustedCas: "iotedge.dev/trust-further-cas",
  /** SHA-256 of the bytes of `trust_bundle.pem`, as proxies acknowledge it. */
  bundleHash: "iotedge.dev/trust-bundle-sha256",
} as const;
