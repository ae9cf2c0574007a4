import { type Backoff, type Clock, pause } from "#base";
import type { Session, TwinDocument } from "./session.ts";

/** Milliseconds after which the twin is read in any case. */
const refreshInterval = 60 * 60_000;
/** Reads of a twin, with pauses that grow, before the connection counts as bad. */
const tries = 3;

/** Reads the whole twin again and again, as long as a connection lives. */
export interface TwinFollower {
  /** Reads it now. @throws the last failure */
  refresh(): Promise<void>;
  /**
   * Told that the desired properties have a new version. What the hub sends with it is not used: whether a document that was
   * replaced comes as a difference or as a whole is documented nowhere, and a version may get lost.
   */
  changed(version: number): void;
  /** Rejects when the twin could not be read. */
  readonly failed: Promise<never>;
}

/** @param options.signal ends it */
export function followTwin(options: {
  readonly session: Pick<Session, "getTwin">;
  readonly onTwin: (twin: TwinDocument) => void;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): TwinFollower {
  const { session, onTwin, backoff, clock, signal } = options;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  let known = 0;
  let wanted = 0;
  let reading = false;

  async function read(): Promise<void> {
    for (let left = tries; !signal.aborted; ) {
      try {
        const twin = await session.getTwin();
        if (signal.aborted) return;
        known = twin.version;
        backoff.reset();
        onTwin(twin);
        return;
      } catch (error) {
        if (--left === 0) throw error;
        await pause(clock, backoff.next(), signal);
      }
    }
  }

  /** Changes that come while the twin is read are served by one more reading. */
  async function catchUp(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (known < wanted && !signal.aborted) {
        const before = wanted;
        await read();
        // A twin that is older than what was announced: the announcement is not waited for twice.
        if (wanted === before) wanted = Math.min(wanted, known);
      }
    } catch (error) {
      reject(error);
    } finally {
      reading = false;
    }
  }

  async function readNowAndThen(): Promise<void> {
    for (;;) {
      await pause(clock, refreshInterval, signal);
      if (signal.aborted) return;
      wanted = Math.max(wanted, known + 1);
      await catchUp();
    }
  }

  return {
    failed,
    async refresh() {
      await read();
      void readNowAndThen();
      void catchUp();
    },
    changed(version) {
      wanted = Math.max(wanted, version);
      // Before the first reading nothing is announced that it would not have.
      if (known > 0) void catchUp();
    },
  };
}
