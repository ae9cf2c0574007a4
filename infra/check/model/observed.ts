import type { Verdict } from "./verdict.ts";

/** Something that was looked at, or why it could not be seen. */
export type Observed<T> = { readonly known: true; readonly value: T } | Unknown;

interface Unknown {
  readonly known: false;
  readonly why: string;
  /** What to do, where it is not for want of rights. */
  readonly fix?: string;
}

export function known<T>(value: T): Observed<T> {
  return { known: true, value };
}

export function unknown(why: string, fix?: string): Observed<never> {
  return { known: false, why, ...(fix === undefined ? {} : { fix }) };
}

const seeMore = "See docs/check.md#rights for the rights that this takes, or name other credentials by --context.";

/** What is said of something that could not be seen: never that it is well, and never that it is not. */
export function notKnown(why: string, fix = seeMore): Verdict {
  return { severity: "unknown", message: `not known: ${why}`, evidence: "", fix };
}

type Values<O extends Readonly<Record<string, Observed<unknown>>>> = {
  readonly [Key in keyof O]: O[Key] extends Observed<infer T> ? T : never;
};

/** Judges what was seen; where a part of it was not, says so instead. */
export function whenKnown<O extends Readonly<Record<string, Observed<unknown>>>>(
  observed: O,
  judge: (values: Values<O>) => Verdict | readonly Verdict[],
): readonly Verdict[] {
  const unseen = Object.values(observed).filter((one) => !one.known);
  if (unseen.length > 0) {
    const [whys, fixes] = [new Set(unseen.map(({ why }) => why)), new Set(unseen.map(({ fix = seeMore }) => fix))];
    return [notKnown([...whys].join("; "), [...fixes].join(" "))];
  }
  const values = Object.fromEntries(
    Object.entries(observed).map(([key, one]) => [key, one.known ? one.value : undefined]),
  );
  const verdicts = judge(values as Values<O>);
  return Array.isArray(verdicts) ? verdicts : [verdicts as Verdict];
}
