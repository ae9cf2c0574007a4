import type { World } from "./world.ts";

/** How long what was read counts for another page, in milliseconds: less than what any page waits until it looks again. */
const ages = { namespaces: 2_000, installations: 2_000, trust: 5_000, permissions: 10_000 } as const;

/** A world that is asked once for what many pages show at the same time. What fails is asked for again. */
export function sharedReadings(world: World): World {
  const { now } = world;
  return {
    ...world,
    namespaces: shared(world.namespaces, ages.namespaces, now),
    installations: shared(world.installations, ages.installations, now),
    trust: shared(world.trust, ages.trust, now),
    permissions: shared(world.permissions, ages.permissions, now),
  };
}

function shared<T>(read: () => Promise<T>, age: number, now: () => number): () => Promise<T> {
  let latest: { readonly value: Promise<T>; until: number } | undefined;
  return () => {
    if (latest !== undefined && now() < latest.until) return latest.value;
    const reading = { value: read(), until: Number.POSITIVE_INFINITY };
    latest = reading;
    reading.value.then(
      () => {
        reading.until = now() + age;
      },
      () => {
        reading.until = 0;
      },
    );
    return reading.value;
  };
}
