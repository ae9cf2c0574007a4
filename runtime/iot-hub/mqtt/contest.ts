import type { Clock, EdgeError } from "#base";
import { mqttErrors } from "./errors.ts";

/**
 * Finds out that somebody else connects as the same module. The hub keeps one connection of each and ends the other without
 * a word: who is let in and cut off soon after, again and again, has a rival, and two that come back at once never end.
 */
export interface Contest {
  /** The hub has let this client in. */
  connected(): void;
  /** The other side has ended the connection. @returns EDGE_HUB_CONNECTION_CONTESTED once it has happened too often */
  cutOff(host: string, client: string): EdgeError | undefined;
  /** The connection was ended here, in order. */
  endedHere(): void;
  /** Milliseconds to wait after the last end, when that was one too many. */
  wait(): number | undefined;
}

/** A connection that lasts longer than this, in milliseconds, was not cut off by a rival that comes back. */
const short = 2 * 60_000;
const tolerated = 3;
/** With the time that connecting takes, a rival that has gone by then costs less than a minute. */
const firstWait = 40_000;
const longestWait = 15 * 60_000;

export function createContest({ clock, random }: { readonly clock: Clock; readonly random: () => number }): Contest {
  let since = 0;
  let count = 0;
  let waits: number | undefined;
  return {
    connected: () => {
      since = clock.now();
    },
    cutOff: (host, client) => {
      count = clock.now() - since < short ? count + 1 : 0;
      if (count < tolerated) return undefined;
      const longest = Math.min(longestWait, firstWait * 2 ** (count - tolerated));
      // Never less than half, so that of two rivals that do the same each has its turn for a while.
      waits = Math.round(longest * (0.5 + random() / 2));
      return mqttErrors.EDGE_HUB_CONNECTION_CONTESTED({ host, client, count });
    },
    endedHere: () => {
      count = 0;
    },
    wait: () => {
      const result = waits;
      waits = undefined;
      return result;
    },
  };
}
