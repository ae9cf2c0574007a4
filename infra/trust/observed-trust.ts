import type { TrustRecord } from "#contract";
import type { DeclaredTrust } from "../trust-model/index.ts";

/** A pod of a module or of EdgeAgent whose proxy runs. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
}

/** What the cluster tells of an installation's trust. */
export interface ObservedTrust {
  readonly namespace: string;
  /** Undefined where no trust bundle is deployed. */
  readonly deployed: DeclaredTrust | undefined;
  /** SHA-256 of the deployed bundle's bytes. */
  readonly bundleHash: string;
  /** SHA-256 of each root's certificate, by id. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** SHA-256 of the workload CA's certificate; empty where the user provides it. */
  readonly workloadCaFingerprint: string;
  /** CAs in the bundle, in its order. */
  readonly bundle: readonly ObservedCa[];
  readonly pods: readonly ObservedPod[];
  /** Names of iotedged's pods. */
  readonly replicas: readonly string[];
  readonly record: TrustRecord;
}

export interface ObservedCa {
  /** The root's id, or the subject of a further CA. */
  readonly name: string;
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The record names CAs by the first 16 digits of their fingerprints. */
export function shortPrint(fingerprint: string | undefined): string | undefined {
  return fingerprint === undefined || fingerprint === "" ? undefined : fingerprint.slice(0, 16);
}
