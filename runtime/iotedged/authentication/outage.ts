import type { Clock } from "../../shared/clock.ts";

/** Whether the API server gives no verdicts at present. */
export interface Outage {
  readonly ongoing: boolean;
  /** The API server gave a verdict, whichever. */
  end(): void;
  /** It was asked and gave none. */
  begin(): void;
}

/** Without a further failure for so many milliseconds nobody can tell any more, so the next review will. */
const memory = 30_000;

/** @param options.onChange told when an outage begins and when it ends */
export function createOutage(options: {
  readonly clock: Clock;
  readonly onChange: (ongoing: boolean) => void;
}): Outage {
  const { clock, onChange } = options;
  let ongoing = false;
  let cancel = () => {};

  function set(next: boolean): void {
    if (next === ongoing) return;
    ongoing = next;
    onChange(next);
  }

  function end(): void {
    cancel();
    set(false);
  }

  return {
    get ongoing() {
      return ongoing;
    },
    end,
    begin: () => {
      cancel();
      cancel = clock.after(memory, end);
      set(true);
    },
  };
}
