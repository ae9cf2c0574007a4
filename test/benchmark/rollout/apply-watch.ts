import type { ClusterDriver } from "../../../infra/rollout/model/index.ts";

/** Sees in which order waves begin, and how many clusters are worked on at the same time. */
export class ApplyWatch {
  readonly order: string[] = [];
  readonly #waveOf: ReadonlyMap<string, string>;
  #now = 0;
  most = 0;

  constructor(waveOf: ReadonlyMap<string, string>) {
    this.#waveOf = waveOf;
  }

  over(driver: ClusterDriver): ClusterDriver {
    return {
      ...driver,
      apply: async (cluster, signal) => {
        const wave = this.#waveOf.get(cluster.name) ?? "";
        if (this.order.at(-1) !== wave) this.order.push(wave);
        this.#now += 1;
        this.most = Math.max(this.most, this.#now);
        try {
          return await driver.apply(cluster, signal);
        } finally {
          this.#now -= 1;
        }
      },
    };
  }
}
