import type { Artifact, FolderFile, RegistryTags, Repository, TagState } from "../../../infra/gitops/index.ts";
import type { EventStore } from "../../../infra/rollout/receive/event-store.ts";

/** A registry in memory whose tags are followed by clusters that report at once. */
export class ReportingRegistry implements RegistryTags {
  readonly #tags = new Map<string, TagState>();
  readonly #layers = new Map<string, string>();
  readonly #events: EventStore;
  readonly #now: () => number;
  /** How often a followed tag was moved. */
  moved = 0;

  constructor(events: EventStore, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  async read({ name }: Repository, tag: string): Promise<TagState | undefined> {
    return this.#tags.get(`${name}:${tag}`);
  }

  async push({ name }: Repository, tag: string, { manifest, layer }: Artifact): Promise<void> {
    this.#layers.set(manifest.digest, layer.digest);
    this.#tags.set(`${name}:${tag}`, { digest: manifest.digest, annotations: {}, size: 0, layer: layer.digest });
  }

  async move({ name }: Repository, tag: string, digest: string): Promise<void> {
    this.#tags.set(`${name}:${tag}`, { digest, annotations: {}, size: 0, layer: this.#layers.get(digest) });
    if (tag !== "stable") return;
    this.moved += 1;
    const event = {
      object: "Kustomization flux-system/iotedge",
      severity: "info",
      reason: "ReconciliationSucceeded",
      message: "Reconciliation finished",
      at: this.#now(),
      digest,
    } as const;
    await this.#events.take(name.split("/").at(-1) ?? "", event, Buffer.from(digest), this.#now());
  }

  async pull(): Promise<readonly FolderFile[]> {
    return [];
  }
}
