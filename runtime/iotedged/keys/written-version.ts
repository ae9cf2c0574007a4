import type { Clock } from "#base";
import { type IotedgedSettings, objectNames } from "#contract";
import { createLoop, hasEnded, type Logger, ownerReference, type Pod } from "#shared";
import type { Cluster } from "../cluster.ts";
import type { Metrics } from "../metrics.ts";
import { type Announcements, createAnnouncementStore, type StoredAnnouncements } from "./announcements.ts";
import { type CiphertextVersion, readableVersions } from "./encryption.ts";

/** Which form of ciphertext is written: one that every replica can read. */
export interface WrittenVersion {
  /** Undefined until the first look at the other replicas: neither form would do then. */
  readonly current: CiphertextVersion | undefined;
  /** Announces what this replica reads; resolves when that is done and {@link current} is known. The watch must be filled. */
  begin(): Promise<void>;
  stop(): Promise<void>;
}

/** How often the announcements are read in any case, in milliseconds: somebody may have spoilt them. */
const resync = 60_000;
/** More names than an installation has replicas, with those of a rollout; beyond it, names of pods that are gone go. */
const maxAnnouncements = 32;

/**
 * Lets the new form be written once all replicas that serve have announced that they read it.
 *
 * An image that does not know the form announces nothing. It is the image that speaks, since what the pod template says
 * can come from a deployment that is newer than the image. A pod that was ready once may serve at any time, so it counts
 * until it is gone. One that never was does not: a replica is ready, and past its startup probe, only after its
 * announcement, so that a restart does not bring back the old form for a while.
 */
export function followWrittenVersion(options: {
  readonly settings: Pick<IotedgedSettings, "installation" | "oldCiphertexts">;
  /** Name of this pod. */
  readonly podName: string;
  readonly cluster: Pick<Cluster, "announcements" | "informers">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Pick<Metrics, "ciphertextVersion">;
  readonly log: Logger;
}): WrittenVersion {
  const { settings, podName, cluster, clock, random, metrics, log } = options;
  const { replicas, serviceAccounts } = cluster.informers;
  const store = createAnnouncementStore(cluster.announcements, settings.installation.name);
  let current: CiphertextVersion | undefined;
  let known: Announcements = {};
  let isFilled = false;
  const first = Promise.withResolvers<void>();
  const looking = createLoop({
    run: look,
    onError: (error) => {
      log.warn({ error }, "what the other replicas can decrypt cannot be read");
      if (current !== undefined) decide();
    },
    clock,
    random,
    delay: 0,
    resync,
  });

  async function look(): Promise<boolean> {
    if (!isFilled) return true;
    const stored = await store.read();
    known = stored.announcements;
    if (!readsAll(known[podName]) && !(await announce(stored))) return false;
    decide();
    first.resolve();
    return true;
  }

  async function announce(stored: StoredAnnouncements): Promise<boolean> {
    const account = serviceAccounts.get(objectNames.iotedged);
    if (account === undefined) return false;
    const others = Object.entries(known).filter(([name]) => name !== podName);
    const isFull = others.length >= maxAnnouncements;
    const kept = isFull ? others.filter(([name]) => replicas.get(name) !== undefined) : others;
    known = Object.fromEntries([...kept, [podName, [...readableVersions]] as const]);
    await store.write(known, stored, ownerReference(account));
    return true;
  }

  /** From what was announced last, also when it cannot be read just now: a replica that is new is then one that reads less. */
  function decide(): void {
    const behind = replicas.list().filter((pod) => pod.metadata.name !== podName && mayServe(pod) && !reads(pod, 2));
    const version = behind.length === 0 || settings.oldCiphertexts === false ? 2 : 1;
    if (version !== current) {
      const pods = behind.map(({ metadata }) => metadata.name);
      const why = "ciphertexts are written in the newest form that all replicas can read";
      if (pods.length === 0) log.info({ version }, why);
      else log.warn({ version, pods }, why);
    }
    current = version;
    metrics.ciphertextVersion.set(version);
  }

  function reads({ metadata }: Pod, version: CiphertextVersion): boolean {
    return Object.hasOwn(known, metadata.name) && (known[metadata.name]?.includes(version) ?? false);
  }

  const unsubscribe = replicas.onChange(looking.trigger);
  return {
    get current() {
      return current;
    },
    begin: () => {
      isFilled = true;
      looking.trigger();
      return first.promise;
    },
    stop: async () => {
      unsubscribe();
      await looking.stop();
    },
  };
}

function readsAll(announced: readonly number[] | undefined): boolean {
  return readableVersions.every((version) => announced?.includes(version));
}

/** Whether a module may reach the pod, or might again: it is alive and has once been ready, or not known to have never been. */
function mayServe(pod: Pod): boolean {
  const { phase, containerStatuses = [] } = pod.status ?? {};
  if (hasEnded(pod) || phase === "Pending") return false;
  const unstarted = (one: (typeof containerStatuses)[number]) => one.started === false && one.restartCount === 0;
  return containerStatuses.length === 0 || !containerStatuses.every(unstarted);
}
