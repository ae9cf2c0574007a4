/** The highest that Kubernetes takes for a user or group. */
export const highestNumber = 2_147_483_647;
const number = /^\d{1,10}$/;

/** The number of a user or group that is written as one or by its name; undefined where nobody knows it. */
export function numberOf(text: string, known: Readonly<Record<string, number>>): number | undefined {
  if (number.test(text)) return Number(text) <= highestNumber ? Number(text) : undefined;
  if (text === "root") return 0;
  return Object.hasOwn(known, text) ? known[text] : undefined;
}

/** Whether it is a number, and one that no user or group has. */
export function isTooHigh(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) > highestNumber;
}
