import type { Clock } from "#base";

/** Whether the API server gives no verdicts at present. */
export interface Outage {
  readonly ongoing: boolean;
  /** The API server gave a verdict, whichever. */
  end(): void;
  /** It was asked and gave none. */
  begin(): void;
  /** It refused iotedged itself: counts as an outage at first, because an API server that starts knows nobody's rights. */
  refuse(): void;
}

/** An outage is forgotten after so many milliseconds without a failure: the next review shows whether it lasts. */
const memory = 30_000;
/** A refusal of iotedged that lasts longer, in milliseconds, does not come from an API server that starts. */
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
