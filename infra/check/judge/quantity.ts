const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
const form = /^([+-]?\d{1,30}(?:\.\d{0,30})?|[+-]?\.\d{1,30})(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** A quantity as Kubernetes writes it, such as `250m` or `64Mi`, as a number; undefined for what is none. */
export function quantityOf(text: unknown): number | undefined {
  const [, number, exponent, suffix = ""] = form.exec(String(text)) ?? [];
  if (number === undefined) return undefined;
  return exponent === undefined ? Number(number) * (factors[suffix] ?? 1) : Number(number + exponent);
}
