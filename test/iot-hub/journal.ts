import type { Clock } from "../../runtime/base/clock.ts";

export interface JournalEntry {
  /** Milliseconds since the epoch, by the fake's clock. */
  readonly time: number;
  /** Host name that was called. */
  readonly host: string;
  readonly channel: "https" | "mqtt";
  /** Device, `device/module`, policy of the hub, or registration. */
  readonly who: string;
  /** `PUT /devices/d1`, or packet and topic. */
  readonly what: string;
  /** HTTP status, or what became of the packet. */
  readonly outcome: string;
}

/** Something that no client of IoT Hub may do, or that the fake does not know. */
export interface Violation extends Omit<JournalEntry, "time" | "outcome"> {
  readonly why: string;
}

/** Every request and packet with its outcome, without tokens, keys or payloads. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  readonly violations: readonly Violation[];
  record(entry: Omit<JournalEntry, "time">): void;
  violation(violation: Violation): void;
  /** Hands over the violations, for a test that wants them, and forgets them. */
  takeViolations(): readonly Violation[];
  /** @throws when a client did what the fake does not know: for the end of each test */
  expectNoViolations(): void;
}

export function createJournal(clock: Pick<Clock, "now">): Journal {
  const entries: JournalEntry[] = [];
  let violations: Violation[] = [];
  return {
    entries,
    get violations() {
      return violations;
    },
    record: (entry) => void entries.push({ time: clock.now(), ...entry }),
    violation: (violation) => void violations.push(violation),
    takeViolations: () => {
      const taken = violations;
      violations = [];
      return taken;
    },
    expectNoViolations: () => {
      if (violations.length > 0) throw new Error(`IoT Hub's rules were broken: ${JSON.stringify(violations, null, 2)}`);
    },
  };
}
