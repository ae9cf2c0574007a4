import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureGoTools } from "./go-tools.ts";

const modules = [{ name: "evaluate", title: "Prometheus' engine", packages: ["local/evaluate"] }];

/** One time series: pairs of seconds and values. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [seconds: number, value: number])[];
}

/** What Prometheus answers: a vector, or why it refuses. */
export interface Answer {
  readonly error?: string;
  readonly vector: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

/**
 * Evaluates expressions by the engine and the storage of Prometheus itself, which are compiled once: about two minutes.
 *
 * @param at seconds since the epoch
 */
export async function evaluateByPrometheus(
  series: readonly Series[],
  expressions: readonly string[],
  at: number,
  progress: (line: string) => void,
): Promise<readonly Answer[]> {
  const folder = await ensureGoTools("promql-tools", modules, progress);
  const child = spawn(join(folder, "evaluate"), { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify({ series, queries: expressions.map((expr) => ({ expr, at })) }));
  let text = "";
  for await (const part of child.stdout.setEncoding("utf8")) text += part;
  return JSON.parse(text);
}
