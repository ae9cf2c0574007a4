/** What time the server had, and this machine's before and after it said so; in milliseconds since 1970. */
interface Times {
  readonly date: number | undefined;
  readonly asked: number;
  readonly answered: number;
}

/**
 * What the API server's clock is ahead of this machine's, in milliseconds; negative where it is behind. 0 where they agree
 * as far as can be seen, or the server does not tell its time.
 */
export function aheadOf({ date, asked, answered }: Times): number {
  if (date === undefined) return 0;
  // A Date field has whole seconds, and was written somewhere between question and answer.
  if (date > answered) return date - answered;
  return date + 1000 < asked ? date + 1000 - asked : 0;
}
