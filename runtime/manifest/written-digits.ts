/** Numbers that a program would write with other digits than the text has, by what holds them. */
const digits = new WeakMap<object, Map<string, string>>();

/** The digits of a number as its text has them; undefined where these are the usual ones. */
export function digitsOf(holder: object, key: string): string | undefined {
  return digits.get(holder)?.get(key);
}

/** Remembers them while a text is parsed: what parseWithSource calls with each value. */
export function keepDigits(
  this: object,
  key: string,
  value: unknown,
  { source }: { readonly source?: string },
): unknown {
  if (typeof value === "number" && source !== undefined && source !== String(value)) {
    const known = digits.get(this) ?? new Map<string, string>();
    digits.set(this, known.set(key, source));
  }
  return value;
}
