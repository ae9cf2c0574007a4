import { type Clock, createBackoff } from "#base";

/** Runs one piece of work again and again: after each trigger, after each failure, and now and then. */
export interface Loop {
  /** Asks for a run soon. Triggers that come before it starts are served by the same run. */
  trigger(): void;
  /** Resolves when no run is under way. */
  idle(): Promise<void>;
  /** Ends the loop after the run that is under way. */
  stop(): Promise<void>;
}

/**
 * @param options.run answers whether everything was done; `false` and exceptions lead to another run, after a pause
 *   that grows
 * @param options.delay milliseconds from a trigger to the run, so that what changes together is handled together
 * @param options.resync milliseconds after which a run is made in any case
 */
export function createLoop(options: {
  readonly run: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly delay: number;
  readonly resync: number;
}): Loop {
  const { run, onError, clock, random, delay, resync } = options;
  const backoff = createBackoff({ random, base: 1000, cap: 60_000 });
  let busy = false;
  let running = Promise.resolve();
  let triggered = false;
  let stopped = false;
  let soon: (() => void) | undefined;
  let later = clock.after(resync, start);

  function trigger(): void {
    triggered = true;
    if (busy || soon !== undefined || stopped) return;
    soon = clock.after(delay, start);
  }

  function start(): void {
    soon?.();
    soon = undefined;
    later();
    triggered = false;
    busy = true;
    running = attempt().then((done) => {
      busy = false;
      if (stopped) return;
      later = clock.after(done ? resync : backoff.next(), start);
      if (done) backoff.reset();
      if (triggered) trigger();
    });
  }

  async function attempt(): Promise<boolean> {
    try {
      return await run();
    } catch (error) {
      onError(error);
      return false;
    }
  }

  return {
    trigger,
    idle: () => running,
    async stop() {
      stopped = true;
      soon?.();
      later();
      await running;
    },
  };
}
