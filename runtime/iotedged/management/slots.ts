import { unavailable } from "../http-error.ts";

/** Places for answers that last long: without a limit, abandoned ones would exhaust the daemon. */
export interface Slots {
  /**
   * @returns what gives the place back; further calls of it do nothing
   * @throws HttpError 503 when no place is free
   */
  take(): () => void;
}

export function createSlots(count: number): Slots {
  let free = count;
  return {
    take: () => {
      if (free === 0) throw unavailable("overloaded", "Too many of these are being sent, try again later");
      free--;
      let isTaken = true;
      return () => {
        if (isTaken) free++;
        isTaken = false;
      };
    },
  };
}
