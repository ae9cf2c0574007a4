import type { Clock } from "#base";

/** Whether the API server gives no verdicts at present. */
export interface Outage {
  readonly ongoing: boolean;
  /** The API server gave a verdict, whichever. */
  end(): void;
  /** It was asked and gave none. */
  begin(): void;
  /** It refused iotedged itself: an outage at first, because while it starts it knows nobody's rights. */
  refuse(): void;
}

/** Without a further failure for so many milliseconds nobody can tell any more, so the next review will. */
const memory = 30_000;
/** A refusal of iotedged that lasts longer, in milliseconds, is meant. */
const startUp = 10_000;

/** @param options.onChange told when an outage begins and when it ends */
export function createOutage(options: {
  readonly clock: Clock;
  readonly onChange: (ongoing: boolean) => void;
}): Outage {
  const { clock, onChange } = options;
  let ongoing = false;
  let cancel = () => {};
  let refusedSince: number | undefined;

  function set(next: boolean): void {
    if (next === ongoing) return;
    ongoing = next;
    onChange(next);
  }

  function end(): void {
    refusedSince = undefined;
    cancel();
    set(false);
  }

  function failed(isOutage: boolean): void {
    cancel();
    cancel = clock.after(memory, end);
    set(isOutage);
  }

  return {
    get ongoing() {
      return ongoing;
    },
    end,
    begin: () => {
      refusedSince = undefined;
      failed(true);
    },
    refuse: () => {
      refusedSince ??= clock.now();
      failed(clock.now() - refusedSince < startUp);
    },
  };
}
