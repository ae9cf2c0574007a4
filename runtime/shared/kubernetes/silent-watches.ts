import type { Clock, Informer } from "#base";

const minute = 60_000;
/** A watch restarts itself after 5 minutes of silence; when that brings nothing either, the daemon is blind. */
const maxSilence = 7 * minute;

/**
 * Shows when each watch was last heard of.
 *
 * @returns which of them have been silent for too long, in words; undefined when none
 */
export function silentWatches(
  informers: Readonly<Record<string, Informer<unknown>>>,
  clock: Clock,
  lastEvent: { set(labels: { readonly kind: string }, seconds: number): void },
): string | undefined {
  const silent: string[] = [];
  for (const [kind, { lastContact }] of Object.entries(informers)) {
    lastEvent.set({ kind }, lastContact / 1000);
    if (lastContact > 0 && clock.now() - lastContact > maxSilence) silent.push(kind);
  }
  return silent.length === 0 ? undefined : `nothing heard of ${silent.join(", ")} for ${maxSilence / minute} minutes`;
}
