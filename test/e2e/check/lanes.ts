import { type Lane, startLane } from "./lane.ts";

/** Installations in which tests break things at the same time, each in one of its own. */
export interface Lanes {
  /** Waits for one that nobody uses. */
  use<T>(work: (lane: Lane) => Promise<T>): Promise<T>;
  readonly all: readonly Lane[];
  remove(): Promise<void>;
}

/** @param more fields of the installations */
export async function startLanes(count: number, prefix: string, more: object = {}): Promise<Lanes> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
  const all = await Promise.all(names.map((name) => startLane(name, more)));
  const free = [...all];
  const waiting: ((lane: Lane) => void)[] = [];
  const take = (): Promise<Lane> => {
    const lane = free.pop();
    return lane === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(lane);
  };
  const give = (lane: Lane) => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  return {
    all,
    use: async (work) => {
      const lane = await take();
      try {
        return await work(lane);
      } finally {
        give(lane);
      }
    },
    remove: async () => {
      await Promise.all(all.map((lane) => lane.remove()));
    },
  };
}
