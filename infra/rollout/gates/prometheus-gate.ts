import { parseJson } from "#base";
import type { GateReport, PrometheusGate } from "../model/index.ts";
import { askHttp, problemOf } from "./http-gate.ts";

interface Sample {
  readonly labels: string;
  readonly value: number;
}

const shownAtMost = 3;

/**
 * The gate passes when the query has samples and each of them meets the condition. No sample, NaN and an answer that
 * cannot be read do not pass.
 */
export async function evaluatePrometheus(gate: PrometheusGate, signal: AbortSignal): Promise<GateReport> {
  const url = new URL(`${gate.url.replace(/\/$/, "")}/api/v1/query`);
  url.searchParams.set("query", gate.query);
  try {
    const { status, body } = await askHttp(url.href, { method: "GET", signal });
    if (status !== 200) return { passed: false, evidence: `HTTP ${status}` };
    return judge(readSamples(body), gate);
  } catch (error) {
    return { passed: false, evidence: problemOf(error) };
  }
}

function judge(samples: readonly Sample[] | undefined, { condition }: PrometheusGate): GateReport {
  if (samples === undefined) return { passed: false, evidence: "the answer is no vector or scalar" };
  if (samples.length === 0) return { passed: false, evidence: "no sample" };
  const { operator, value } = condition;
  const failing = samples.filter((sample) => !compare[operator](sample.value, value));
  const shown = (failing.length > 0 ? failing : samples).slice(0, shownAtMost);
  const list = shown.map(({ labels, value: seen }) => `${labels}${seen}`).join(", ");
  const summary = `${samples.length - failing.length} of ${samples.length} samples ${operator} ${value}`;
  return { passed: failing.length === 0, evidence: `${summary}: ${list}` };
}

const compare: Readonly<Record<PrometheusGate["condition"]["operator"], (seen: number, wanted: number) => boolean>> = {
  "<": (seen, wanted) => seen < wanted,
  "<=": (seen, wanted) => seen <= wanted,
  ">": (seen, wanted) => seen > wanted,
  ">=": (seen, wanted) => seen >= wanted,
  "==": (seen, wanted) => seen === wanted,
};

/** Undefined where the answer is not one of Prometheus' instant queries. */
export function readSamples(body: string): readonly Sample[] | undefined {
  const answer = parseJson(body) as
    | { status?: unknown; data?: { resultType?: unknown; result?: unknown } | null }
    | null
    | undefined;
  if (answer?.status !== "success") return undefined;
  const { resultType, result } = answer.data ?? {};
  if (!Array.isArray(result)) return undefined;
  if (resultType === "scalar") return [{ labels: "", value: numberOf(result[1]) }];
  if (resultType !== "vector") return undefined;
  return result.map((item: { metric?: unknown; value?: unknown } | null) => ({
    labels: formatLabels(item?.metric),
    value: numberOf(Array.isArray(item?.value) ? item.value[1] : undefined),
  }));
}

/** Prometheus sends numbers as text: `"0.5"`, `"+Inf"`. What is no number is NaN, which meets no condition. */
function numberOf(value: unknown): number {
  if (value === "+Inf") return Number.POSITIVE_INFINITY;
  if (value === "-Inf") return Number.NEGATIVE_INFINITY;
  return typeof value === "string" && /^[-+]?[0-9.]+([eE][-+]?\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

function formatLabels(metric: unknown): string {
  if (typeof metric !== "object" || metric === null) return "";
  const pairs = Object.entries(metric).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",").slice(0, 120)}} `;
}
