/** A value from which on a tile has a colour; the first counts below all others. */
export interface Threshold {
  readonly from: number | null;
  readonly color: "green" | "orange" | "red" | "blue";
}

/** One diagram or tile of a dashboard. */
export interface Panel {
  /** A tile shows the present value and its colour, a table one line for each result. */
  readonly kind: "lines" | "tile" | "table";
  readonly title: string;
  /** What it tells, and what to do when it does not look as it should. */
  readonly description: string;
  /** Unit as Grafana names it. */
  readonly unit: "reqps" | "s" | "short" | "percentunit" | "bytes" | "ops";
  /** One line per result; the legend may name its labels as `{{label}}`. */
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  readonly thresholds?: readonly Threshold[];
}

/** Panels below a title. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Green at 0, else of a colour: what should not be. */
export const shouldBeNone = (color: "orange" | "red"): readonly Threshold[] => [
  { from: null, color: "green" },
  { from: 1, color },
];

/** Red below a number. */
export const atLeast = (number: number): readonly Threshold[] => [
  { from: null, color: "red" },
  { from: number, color: "green" },
];

const day = 86_400;

/** Of what is left of a certificate's life, in seconds: as the alerts have it. */
export const lifeLeft: readonly Threshold[] = [
  { from: null, color: "red" },
  { from: day / 4, color: "orange" },
  { from: 30 * day, color: "green" },
];

export const failures: readonly Threshold[] = [
  { from: null, color: "green" },
  { from: 0.01, color: "orange" },
  { from: 0.05, color: "red" },
];

/** Makes panels whose values have colours. */
const coloured =
  (kind: "tile" | "table") =>
  (title: string, unit: Panel["unit"], expr: string, thresholds: readonly Threshold[], description: string): Panel => ({
    kind,
    title,
    unit,
    thresholds,
    description,
    queries: [{ expr, legend: kind === "tile" ? title : "" }],
  });

/** A tile with the one value of an expression. */
export const tile = coloured("tile");

/** A line for each result of an expression. */
export const table = coloured("table");

/** Lines of one expression. */
export function lines(title: string, unit: Panel["unit"], expr: string, legend: string, description: string): Panel {
  return { kind: "lines", title, unit, description, queries: [{ expr, legend }] };
}

/** 0 of what has not happened: without a request there is no part of them that fails, and before the first failure no series. */
export const orNone = (expr: string) => `(${expr}) >= 0 or vector(0)`;

export const rate = (metric: string, labels: string) => `rate(${metric}{${labels}}[$__rate_interval])`;

export const quantile = (metric: string, labels: string, by: string) =>
  `histogram_quantile(0.99, sum by (${by}) (${rate(`${metric}_bucket`, labels)}))`;
