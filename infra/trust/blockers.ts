import type { PodTrust, TrustLeaf } from "#contract";
import { activeRoot } from "../trust-model/index.ts";
import { type ObservedTrust, shortPrint } from "./observed-trust.ts";

/** Something that a step has to wait for. */
export interface Blocker {
  readonly id: "replica" | "proxy-silent" | "proxy" | "module" | "certificate" | "unknown-issuer";
  readonly namespace: string;
  /** Name of the pod; empty where it is about no single one. */
  readonly pod: string;
  readonly message: string;
  readonly fix: string;
  /** When it goes by itself at the latest, in milliseconds since the epoch; undefined where nobody knows. */
  readonly until?: number;
}

const shown = 12;

/** Who has not loaded the deployed bundle yet: pods of iotedged, proxies, and modules that keep a copy of their own. */
export function bundleBlockers(observed: ObservedTrust): readonly Blocker[] {
  const { namespace, bundleHash, record, replicas, pods } = observed;
  const wanted = bundleHash.slice(0, shown);
  const ofReplicas = replicas
    .filter((name) => record.replicas[name]?.bundle !== bundleHash)
    .map((pod): Blocker => {
      const message = `iotedged has not loaded bundle ${wanted}`;
      return { id: "replica", namespace, pod, message, fix: "The kubelet brings it within two minutes." };
    });
  const ofPods = pods.flatMap(({ uid, name }) => podBlockers(observed, name, record.pods[uid]));
  return [...ofReplicas, ...ofPods];
}

function podBlockers(
  { namespace, bundleHash }: ObservedTrust,
  pod: string,
  known: PodTrust | undefined,
): readonly Blocker[] {
  const wanted = bundleHash.slice(0, shown);
  const at = { namespace, pod };
  if (known?.bundle === undefined) {
    const fix = "Its proxy tells with the module's next request; restart the pod if it never comes.";
    return [{ id: "proxy-silent", ...at, message: "its proxy has not said which bundle it has", fix }];
  }
  const blockers: Blocker[] = [];
  if (known.bundle.hash !== bundleHash) {
    const message = `its proxy has bundle ${known.bundle.hash.slice(0, shown)} instead of ${wanted}`;
    blockers.push({
      id: "proxy",
      ...at,
      message,
      fix: "The kubelet brings it within two minutes; else restart the pod.",
    });
  }
  if (known.fetched !== undefined && known.fetched.hash !== bundleHash) {
    const message = `module ${known.module} has fetched bundle ${known.fetched.hash.slice(0, shown)} and not ${wanted} since`;
    blockers.push({
      id: "module",
      ...at,
      message,
      fix: "Restart the pod, or let the module fetch the trust bundle again.",
    });
  }
  return blockers;
}

/** Certificates in use that are not below the active root. */
export function rootBlockers(observed: ObservedTrust, now: number): readonly Blocker[] {
  const active = observed.deployed && activeRoot(observed.deployed.roots);
  const wanted = shortPrint(observed.fingerprints.get(active ?? ""));
  return issuerBlockers(observed, now, wanted, `root ${active}`, ({ root }) => root);
}

/** Certificates in use that another workload CA has signed than the deployed one. */
export function workloadCaBlockers(observed: ObservedTrust, now: number): readonly Blocker[] {
  const wanted = shortPrint(observed.workloadCaFingerprint);
  const name = `workload CA ${observed.deployed?.workloadCa}`;
  return issuerBlockers(observed, now, wanted, name, ({ ca }) => ca);
}

function issuerBlockers(
  observed: ObservedTrust,
  now: number,
  wanted: string | undefined,
  issuer: string,
  of: (certificate: { readonly ca: string; readonly root: string }) => string,
): readonly Blocker[] {
  const { namespace, record, replicas, pods } = observed;
  if (wanted === undefined) {
    const message = `it is not known which certificate ${issuer} has`;
    return [
      {
        id: "unknown-issuer",
        namespace,
        pod: "",
        message,
        fix: "Deploy the stack with this version of edgectl first.",
      },
    ];
  }
  const ofReplicas = replicas.flatMap((pod): readonly Blocker[] => {
    const known = record.replicas[pod];
    if (known?.serving !== undefined && of(known) === wanted && of(known.serving) === wanted) return [];
    const message = `iotedged does not serve with a certificate below ${issuer} yet`;
    return [{ id: "replica", namespace, pod, message, fix: "The kubelet brings the workload CA within two minutes." }];
  });
  const ofLeaves = pods.flatMap(({ uid, name: pod }) =>
    (record.pods[uid]?.leaves ?? [])
      .filter((leaf) => leaf.notAfter > now && of(leaf) !== wanted)
      .map((leaf) => leafBlocker({ namespace, pod }, leaf, record.pods[uid]?.module ?? "", issuer)),
  );
  return [...ofReplicas, ...ofLeaves];
}

function leafBlocker(
  at: { readonly namespace: string; readonly pod: string },
  { kind, notAfter }: TrustLeaf,
  module: string,
  issuer: string,
): Blocker {
  const message = `module ${module} has a ${kind} certificate that is not below ${issuer}, until ${new Date(notAfter).toISOString()}`;
  const fix = "It goes when the module asks for another or when it ends; restart the pod to have it now.";
  return { id: "certificate", ...at, message, fix, until: notAfter };
}
