const factors: ReadonlyMap<string, number> = new Map([
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
  ["Pi", 2 ** 50],
  ["Ei", 2 ** 60],
]);
const form = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)([numkKMGTPE]i?)?$/;
/** Relative error of the arithmetic: far smaller than the difference of any two quantities. */
const tolerance = 1e-12;

/** Whether two texts are the same Kubernetes quantity, such as `0.5` and `500m`: the API server writes its own form. */
export function sameQuantity(one: string, other: string): boolean {
  const [a, b] = [amountOf(one), amountOf(other)];
  if (a === undefined || b === undefined) return false;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

/** Whether `one` is a smaller quantity than `other`; not when one of them is none. */
export function isLess(one: string, other: string): boolean {
  const [a, b] = [amountOf(one), amountOf(other)];
  return a !== undefined && b !== undefined && a < b && !sameQuantity(one, other);
}

/** As a number of the unit; undefined for what is no quantity. */
export function amountOf(text: string): number | undefined {
  const [, number, suffix = ""] = form.exec(text) ?? [];
  const factor = factors.get(suffix);
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
