const number = /^\d{1,9}$/;

/** The number of a user or group that is written as one or by its name; undefined where nobody knows it. */
export function numberOf(text: string, known: Readonly<Record<string, number>>): number | undefined {
  if (number.test(text)) return Number(text);
  if (text === "root") return 0;
  return Object.hasOwn(known, text) ? known[text] : undefined;
}
