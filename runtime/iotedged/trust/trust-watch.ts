import type { Clock } from "#base";
import { type IotedgedSettings, labels, objectNames } from "#contract";
import { createLoop, type EventRecorder, hasEnded, type Logger, ownerReference, type Pod } from "#shared";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import type { IssuedCertificate } from "../certificates/issue.ts";
import type { ServingCertificate } from "../certificates/serving-certificate.ts";
import type { Cluster } from "../cluster.ts";
import type { Metrics } from "../metrics.ts";
import type { FollowedFiles } from "../mounted-files.ts";
import { chainAbove, createIssuerFinder } from "./issuer.ts";
import { createLeafNotices } from "./module-certificate-notices.ts";
import { createRecordStore, recordText } from "./record-store.ts";
import { showTrust } from "./trust-metrics.ts";
import { createTrustRegistry } from "./trust-registry.ts";

/** Keeps account of who trusts what. */
export interface TrustWatch {
  /** A proxy says which bundle it has loaded. Cheap, since it is called with every request. */
  sawBundle(module: ModuleIdentity, hash: string): void;
  /** A module has fetched the bundle that is in force. */
  sawFetch(module: ModuleIdentity): void;
  sawLeaf(module: ModuleIdentity, kind: "identity" | "server", host: string, issued: IssuedCertificate): void;
  stop(): Promise<void>;
}

/** What has changed together is written together. */
const writeDelay = 1000;
/** How often the record is compared with what is known here, in milliseconds: somebody may have spoilt it. */
const resync = 60_000;

/** Follows bundle and certificates of this pod of iotedged and of all modules, and shares it with the other pods. */
export function watchTrust(options: {
  readonly settings: Pick<IotedgedSettings, "installation">;
  readonly podName: string;
  readonly files: Pick<FollowedFiles, "ca" | "trustBundle">;
  readonly certificate: ServingCertificate;
  readonly cluster: Pick<Cluster, "store" | "informers">;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}): TrustWatch {
  const { settings, podName, files, certificate, cluster, events, clock, random, metrics, log } = options;
  const { store, informers } = cluster;
  const records = createRecordStore(store, settings.installation.name);
  const issuerOf = createIssuerFinder(files.trustBundle);
  const registry = createTrustRegistry({ clock, onChange: () => writing.trigger() });
  const noticeLeaves = createLeafNotices({ events, clock });
  const writing = createLoop({
    run: share,
    onError: (error) => log.warn({ error }, "the record of who trusts what cannot be written"),
    clock,
    random,
    delay: writeDelay,
    resync,
  });

  async function share(): Promise<boolean> {
    const account = informers.serviceAccounts.get(objectNames.iotedged);
    if (account === undefined || informers.pods.lastContact === 0) return false;
    const stored = await records.read();
    registry.merge(stored.record);
    // The pod of a Job remains after its module has ended, but it trusts and serves nobody any more.
    const uids = new Set(
      informers.pods
        .list()
        .filter((pod) => isModules(pod) && !hasEnded(pod))
        .map(({ metadata }) => metadata.uid),
    );
    registry.prune((uid) => uids.has(uid));
    setOwn();
    showTrust({
      record: registry.record,
      pods: uids.size,
      bundle: files.trustBundle.current,
      root: ownIssuer().root,
      metrics,
    });
    noticeLeaves(registry.record);
    if (recordText(registry.record) !== recordText(stored.record)) {
      await records.write(registry.record, stored, ownerReference(account));
    }
    return true;
  }

  const ownIssuer = () => issuerOf(files.ca.current.chain);

  function setOwn(): void {
    const own = ownIssuer();
    // This is known here, whether or not the record can be read.
    metrics.trustAnchored.set(own.root === "" ? 0 : 1);
    const serving = certificate.current;
    registry.setReplica(podName, {
      bundle: files.trustBundle.current.hash,
      ...own,
      caNotAfter: files.ca.current.notAfter,
      ...(serving && { serving: { ...issuerOf(chainAbove(serving.certificate)), notAfter: serving.notAfter } }),
    });
  }

  function look(): void {
    if (ownIssuer().root === "") warnUnanchored();
    setOwn();
    writing.trigger();
  }

  function warnUnanchored(): void {
    log.error("no CA of the trust bundle vouches for the workload CA");
    events.record({
      type: "Warning",
      reason: "WorkloadCaNotTrusted",
      action: "Watch",
      note: "No CA of the trust bundle vouches for the workload CA: clients refuse what is issued from it. Add the CA above it to trust.trustedCas.",
      regarding: { apiVersion: "v1", kind: "ConfigMap", name: objectNames.trustBundle },
    });
  }

  look();
  const unsubscribe = [certificate, files.ca, files.trustBundle].map((watched) => watched.onChange(look));
  return {
    sawBundle: registry.sawBundle,
    sawFetch: (module) => registry.sawFetch(module, files.trustBundle.current.hash),
    sawLeaf: (module, kind, host, { certificate: pem, notAfter }) =>
      registry.sawLeaf(module, { kind, host, issuer: issuerOf(chainAbove(pem)), notAfter }),
    stop: async () => {
      for (const end of unsubscribe) end();
      await writing.stop();
      await share().catch((error: unknown) => log.warn({ error }, "the last of who trusts what is not written"));
    },
  };
}

function isModules({ metadata }: Pod): boolean {
  return metadata.labels?.[labels.module] !== undefined;
}
