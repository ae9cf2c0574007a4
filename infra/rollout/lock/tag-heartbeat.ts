import type { Timer } from "#base";
import { lockArtifact, type RegistryTags, type Repository } from "../../gitops/index.ts";
import { leaseDuration } from "./lease.ts";

/** So often a run shows that it lives, however many locks it has: a registry is not made for a write a second. */
const interval = leaseDuration / 6;

/** A tag of a run's own that is written anew as long as the run lives, for all of its locks. */
export class TagHeartbeat {
  /** `registry/path:tag` */
  readonly place: string;
  readonly #repository: Repository;
  readonly #tag: string;
  readonly #tags: RegistryTags;
  readonly #timer: Timer;
  #last: number | undefined;
  #running: Promise<void> | undefined;

  constructor(repository: Repository, tag: string, tags: RegistryTags, timer: Timer) {
    this.place = `${repository.name}:${tag}`;
    this.#repository = repository;
    this.#tag = tag;
    this.#tags = tags;
    this.#timer = timer;
  }

  /** Writes it, unless that was done a moment ago. All who ask at the same time wait for the same write. */
  beat(): Promise<void> {
    if (this.#last !== undefined && this.#timer.now() - this.#last < interval) return Promise.resolve();
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #write(): Promise<void> {
    const at = this.#timer.now();
    const artifact = lockArtifact({ "iotedge.dev/lock-taken": String(at) });
    await this.#tags.push(this.#repository, this.#tag, artifact, AbortSignal.timeout(leaseDuration / 4));
    this.#last = at;
  }
}
