import type { Verdict } from "./verdict.ts";

/** Something that was looked at, or why it could not be seen. */
export type Observed<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export function known<T>(value: T): Observed<T> {
  return { known: true, value };
}

export function unknown(why: string): Observed<never> {
  return { known: false, why };
}

const seeMore = "See docs/check.md#rights for the rights that this takes, or name other credentials by --context.";

/** What is said of something that could not be seen: never that it is well, and never that it is not. */
export function notKnown(why: string): Verdict {
  return { severity: "unknown", message: `not known: ${why}`, evidence: "", fix: seeMore };
}

type Values<O extends Readonly<Record<string, Observed<unknown>>>> = {
  readonly [Key in keyof O]: O[Key] extends Observed<infer T> ? T : never;
};

/** Judges what was seen; where a part of it was not, says so instead. */
export function whenKnown<O extends Readonly<Record<string, Observed<unknown>>>>(
  observed: O,
  judge: (values: Values<O>) => Verdict | readonly Verdict[],
): readonly Verdict[] {
  const whys = new Set(Object.values(observed).flatMap((one) => (one.known ? [] : [one.why])));
  if (whys.size > 0) return [notKnown([...whys].join("; "))];
  const values = Object.fromEntries(
    Object.entries(observed).map(([key, one]) => [key, one.known ? one.value : undefined]),
  );
  const verdicts = judge(values as Values<O>);
  return Array.isArray(verdicts) ? verdicts : [verdicts as Verdict];
}
