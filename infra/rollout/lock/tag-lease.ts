import { randomBytes } from "node:crypto";
import { systemTimer, type Timer } from "#base";
import { lockArtifact, openRegistryTags, type RegistryTags, type Repository } from "../../gitops/index.ts";
import type { GitopsTarget } from "../model/fleet.ts";
import { type LeaseClient, type LeaseRecord, leaseDuration } from "./lease.ts";
import type { TagHeartbeat } from "./tag-heartbeat.ts";

/** Of a tag that Flux follows, the lock. */
const suffix = ".lock";
/** What a lock says, as annotations. */
export const lockKeys = {
  holder: "iotedge.dev/lock-holder",
  transitions: "iotedge.dev/lock-transitions",
  taken: "iotedge.dev/lock-taken",
  /** Where its holder shows that it lives: `registry/path:tag`. */
  heartbeat: "iotedge.dev/lock-heartbeat",
  nonce: "iotedge.dev/lock-nonce",
} as const;

/** How long a write of a lock may take, and how long is waited until every write has come that began before it was seen. */
export const lockTimes = { write: 4_000, settle: 6_000 } as const;

/** A tag beside the lock, by which whoever waits for it sees whether its holder lives. */
export interface Heart {
  readonly repository: Repository;
  readonly tag: string;
}

interface TagLeaseOptions {
  readonly target: GitopsTarget;
  /** Undefined where locks are only given back. */
  readonly heartbeat: TagHeartbeat | undefined;
  readonly tags?: RegistryTags;
  readonly timer?: Timer;
}

/**
 * A lock where there is no API for a Lease: a tag beside the one that Flux follows. No registry writes on condition, so who
 * writes the lock waits until all have come that began to write before they could see it, and has it if it is still his
 * (Fischer's algorithm). A write that its client gave up and that comes later all the same is not excluded by that; the
 * run then finds that it has lost the lock before it writes next, and the tag that it moves is looked at once more.
 */
export function tagLease(options: TagLeaseOptions): LeaseClient {
  const { target, heartbeat, tags = openRegistryTags(), timer = systemTimer } = options;
  const repository: Repository = { name: target.repository, insecure: target.insecure };
  const tag = `${target.tag}${suffix}`;
  const { signal: never } = new AbortController();

  const read = () => tags.read(repository, tag, never);
  const write = async (record: Omit<LeaseRecord, "version">) => {
    const annotations = {
      [lockKeys.holder]: record.holder,
      [lockKeys.transitions]: String(record.transitions),
      [lockKeys.taken]: String(record.renewedAt),
      [lockKeys.nonce]: randomBytes(12).toString("hex"),
      ...(heartbeat === undefined ? {} : { [lockKeys.heartbeat]: heartbeat.place }),
    };
    const artifact = lockArtifact(annotations);
    await tags.push(repository, tag, artifact, AbortSignal.timeout(lockTimes.write));
    return artifact.manifest.digest;
  };
  const take = async (record: Omit<LeaseRecord, "version">): Promise<LeaseRecord | undefined> => {
    // Before the lock is there to be seen: whoever sees it must see that its holder lives.
    await heartbeat?.beat();
    const version = await write(record);
    await timer.sleep(lockTimes.settle, never);
    return (await read())?.digest === version ? { ...record, version } : undefined;
  };

  return {
    get: async () => {
      const found = await read();
      if (found === undefined) return undefined;
      const { digest, annotations } = found;
      const holder = annotations[lockKeys.holder] ?? "";
      const seen = holder === "" ? undefined : await heartOf(annotations[lockKeys.heartbeat], repository, tags, never);
      return {
        holder,
        renewedAt: seen?.at ?? numberOf(annotations[lockKeys.taken]),
        durationMs: leaseDuration,
        transitions: numberOf(annotations[lockKeys.transitions]),
        version: seen === undefined ? digest : `${digest} ${seen.digest}`,
      };
    },
    create: async (record) => ((await read()) === undefined ? take(record) : undefined),
    update: async (record) => {
      const found = await read();
      if (found === undefined || found.digest !== record.version.split(" ")[0]) return undefined;
      if (found.annotations[lockKeys.holder] !== record.holder) return take(record);
      await heartbeat?.beat();
      return { ...record, version: found.digest };
    },
    renew: async () => {
      await heartbeat?.beat();
    },
    release: async (record) => {
      const found = await read();
      if (found === undefined) return true;
      if (found.digest !== record.version.split(" ")[0]) return false;
      await write({ ...record, holder: "" });
      return true;
    },
  };
}

/** When the holder of a lock has shown last that it lives. */
async function heartOf(
  place: string | undefined,
  { insecure }: Repository,
  tags: RegistryTags,
  signal: AbortSignal,
): Promise<{ readonly digest: string; readonly at: number } | undefined> {
  const [, name, tag] = /^(.+):([\w.-]+)$/.exec(place ?? "") ?? [];
  if (name === undefined || tag === undefined) return undefined;
  const found = await tags.read({ name, insecure }, tag, signal);
  return found && { digest: found.digest, at: numberOf(found.annotations[lockKeys.taken]) };
}

function numberOf(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
}
