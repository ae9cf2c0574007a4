import type { TrustRecord } from "#contract";
import { activeRoot, type RootState } from "../trust-model/index.ts";
import { type Blocker, bundleBlockers, rootBlockers, workloadCaBlockers } from "./blockers.ts";
import type { ObservedTrust } from "./observed-trust.ts";

/** How the trust of an installation stands. Times are RFC 3339. */
export interface TrustStatus {
  readonly namespace: string;
  readonly deployed: boolean;
  /** SHA-256 of the deployed bundle. */
  readonly bundle: string;
  readonly roots: readonly { readonly id: string; readonly state: RootState; readonly notAfter?: string }[];
  readonly workloadCa: string;
  readonly certificates: readonly CertificateStatus[];
  readonly pods: { readonly total: number; readonly current: number; readonly other: number; readonly unknown: number };
  /** What is to come: nothing, or the step that a rotation takes next. */
  readonly phase: "settled" | "adding" | "promoting" | "dropping";
  readonly blockers: readonly Blocker[];
  /** When the last blocker goes by itself; absent where there is none, or nobody knows. */
  readonly estimate?: string;
}

export interface CertificateStatus {
  readonly kind: "root" | "further-ca" | "workload-ca" | "serving" | "module-identity" | "module-server";
  readonly name: string;
  readonly notAfter: string;
}

/** @param now milliseconds since the epoch */
export function trustStatus(observed: ObservedTrust, now: number): TrustStatus {
  const { deployed, namespace, bundleHash, record, pods, bundle } = observed;
  const roots = deployed?.roots ?? [];
  const phase = phaseOf(observed);
  const blockers = deployed === undefined ? [] : blockersOf(observed, phase, now);
  const told = pods.map(({ uid }) => record.pods[uid]?.bundle?.hash);
  const current = told.filter((hash) => hash === bundleHash).length;
  const unknown = told.filter((hash) => hash === undefined).length;
  const estimate = estimateOf(blockers);
  return {
    namespace,
    deployed: deployed !== undefined,
    bundle: deployed === undefined ? "" : bundleHash,
    roots: roots.map(({ id, state }) => {
      const ca = bundle.find(({ name }) => name === id);
      return { id, state, ...(ca && { notAfter: isoTime(ca.notAfter) }) };
    }),
    workloadCa: deployed?.workloadCa ?? "",
    certificates: certificatesOf(observed, now),
    pods: { total: pods.length, current, other: pods.length - current - unknown, unknown },
    phase,
    blockers,
    ...(estimate !== undefined && { estimate: isoTime(estimate) }),
  };
}

/** Kinds that only a deployment renews. The others renew themselves, and are late only when they have ended. */
const deployedKinds: ReadonlySet<CertificateStatus["kind"]> = new Set(["root", "further-ca", "workload-ca"]);

/** Certificates that only a deployment renews. */
export function deployedCertificates({ certificates }: TrustStatus): readonly CertificateStatus[] {
  return certificates.filter(({ kind }) => deployedKinds.has(kind));
}

/** Certificates that end within `milliseconds` from `now` unless somebody deploys. */
export function endingWithin(status: TrustStatus, now: number, milliseconds: number): readonly CertificateStatus[] {
  return status.certificates.filter(({ kind, notAfter }) => {
    const left = Date.parse(notAfter) - now;
    return left < (deployedKinds.has(kind) ? milliseconds : 0);
  });
}

function phaseOf({ deployed }: ObservedTrust): TrustStatus["phase"] {
  const roots = deployed?.roots ?? [];
  if (roots.some(({ state }) => state === "next")) return "promoting";
  return roots.length > 1 && activeRoot(roots) !== undefined ? "dropping" : "settled";
}

function blockersOf(observed: ObservedTrust, phase: TrustStatus["phase"], now: number): readonly Blocker[] {
  const ofBundle = bundleBlockers(observed);
  if (phase === "dropping") return [...rootBlockers(observed, now), ...ofBundle];
  if (phase === "promoting" || observed.workloadCaFingerprint === "") return ofBundle;
  return [...ofBundle, ...workloadCaBlockers(observed, now)];
}

/** Only where each of the blockers has an end. */
function estimateOf(blockers: readonly Blocker[]): number | undefined {
  const ends = blockers.map(({ until }) => until);
  return ends.length > 0 && ends.every((end) => end !== undefined) ? Math.max(...ends) : undefined;
}

/** CAs of the bundle, iotedged's own, and of the modules' the first to end of each kind. */
function certificatesOf(
  { bundle, fingerprints, record, replicas, pods }: ObservedTrust,
  now: number,
): CertificateStatus[] {
  const cas = bundle.map(({ name, notAfter }): CertificateStatus => {
    return { kind: fingerprints.has(name) ? "root" : "further-ca", name, notAfter: isoTime(notAfter) };
  });
  const serving = replicas.flatMap((name): CertificateStatus[] => {
    const notAfter = record.replicas[name]?.serving?.notAfter;
    return notAfter === undefined ? [] : [{ kind: "serving", name, notAfter: isoTime(notAfter) }];
  });
  const leaves = pods.flatMap(({ uid, name }) =>
    (record.pods[uid]?.leaves ?? []).filter(({ notAfter }) => notAfter > now).map((leaf) => ({ ...leaf, pod: name })),
  );
  const first = (["identity", "server"] as const).flatMap((kind): CertificateStatus[] => {
    const [leaf] = leaves.filter((one) => one.kind === kind).sort((a, b) => a.notAfter - b.notAfter);
    return leaf === undefined ? [] : [{ kind: `module-${kind}`, name: leaf.pod, notAfter: isoTime(leaf.notAfter) }];
  });
  return [...cas, ...workloadCasOf(replicas, record), ...serving, ...first];
}

/** Those that iotedged's pods have loaded: one, but for the moments of a change. */
function workloadCasOf(replicas: readonly string[], record: TrustRecord): readonly CertificateStatus[] {
  const ends = new Map(
    replicas.flatMap((name) => {
      const known = record.replicas[name];
      return known === undefined ? [] : [[known.ca, known.caNotAfter] as const];
    }),
  );
  return [...ends].map(([name, notAfter]) => ({ kind: "workload-ca", name, notAfter: isoTime(notAfter) }));
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
