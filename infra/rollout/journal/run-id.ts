/**
 * Id of a new run: the time, so that runs sort, and a little chance, so that two of the same second differ.
 *
 * @param now milliseconds since 1970
 * @param chance a whole number of 16 bits
 * @example newRunId(Date.UTC(2026, 10, 23, 2, 15), 0x3f9a) // "20261123-021500-3f9a"
 */
export function newRunId(now: number, chance: number): string {
  const [date = "", time = ""] = new Date(now).toISOString().slice(0, 19).split("T");
  return `${date.replaceAll("-", "")}-${time.replaceAll(":", "")}-${chance.toString(16).padStart(4, "0")}`;
}
