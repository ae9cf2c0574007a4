/** What a test may make go wrong, by the place where it happens. */
export interface FaultKinds {
  /** A request whose `METHOD /path` matches; `cut` ends the connection in place of an answer. */
  readonly https: {
    readonly match?: RegExp;
    readonly status?: number;
    readonly retryAfter?: number;
    readonly cut?: true;
  };
  readonly connect: { readonly connack: 1 | 2 | 3 | 4 | 5 } | { readonly cut: true };
  /** What the provisioning service answers, by whichever protocol. */
  readonly register: { readonly status: number; readonly retryAfter?: number };
  readonly poll: { readonly status: number; readonly retryAfter?: number };
  /** A PINGREQ that stays without an answer. */
  readonly ping: { readonly silent: true };
  readonly "twin-get": { readonly status: number } | { readonly delay: number } | { readonly silent: true };
  readonly report: { readonly status: number } | { readonly silent: true };
  /** A change of desired properties that the client is not told: its next `$version` has a gap. */
  readonly desired: { readonly lost: true };
  /** The connection ends before PUBACK, with the message kept or not. */
  readonly telemetry: { readonly cut: true; readonly kept: boolean };
  /** An answer to a direct method that gets lost. */
  readonly "method-answer": { readonly lost: true };
}

export type FaultPlace = keyof FaultKinds;

export interface Faults {
  /** Connections are closed as soon as they are made, and those that there are, end. */
  away: boolean;
  /** Has the next `times` of a place go wrong. */
  inject<Place extends FaultPlace>(place: Place, fault: FaultKinds[Place], times?: number): void;
  /** What goes wrong now, if anything. */
  take<Place extends FaultPlace>(place: Place, request?: string): FaultKinds[Place] | undefined;
  clear(): void;
}

interface Waiting {
  readonly place: FaultPlace;
  readonly fault: FaultKinds[FaultPlace];
  left: number;
}

/** @param onAway is told when `away` changes */
export function createFaults(onAway: (away: boolean) => void): Faults {
  let waiting: Waiting[] = [];
  let away = false;
  return {
    get away() {
      return away;
    },
    set away(value) {
      away = value;
      onAway(value);
    },
    inject: (place, fault, times = 1) => void waiting.push({ place, fault, left: times }),
    take: <Place extends FaultPlace>(place: Place, request = "") => {
      const found = waiting.find((each) => {
        const match = "match" in each.fault ? each.fault.match : undefined;
        return each.place === place && (match === undefined || match.test(request));
      });
      if (found === undefined) return undefined;
      found.left--;
      waiting = waiting.filter(({ left }) => left > 0);
      return found.fault as FaultKinds[Place];
    },
    clear: () => {
      waiting = [];
    },
  };
}
