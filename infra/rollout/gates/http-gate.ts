import type { GateReport, HttpGate } from "../model/index.ts";

/** The gate passes when the address answers with one of the statuses, and with the text that is asked for. */
export async function evaluateHttp(gate: HttpGate, signal: AbortSignal): Promise<GateReport> {
  try {
    const { status, body } = await askHttp(gate.url, { method: gate.method, signal });
    if (!gate.statuses.includes(status)) return { passed: false, evidence: `HTTP ${status}` };
    const { contains } = gate;
    if (contains === undefined) return { passed: true, evidence: `HTTP ${status}` };
    const passed = body.includes(contains);
    return { passed, evidence: `HTTP ${status}, body ${passed ? "contains" : "lacks"} ${JSON.stringify(contains)}` };
  } catch (error) {
    return { passed: false, evidence: problemOf(error) };
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const maxBodyBytes = 1024 * 1024;
/** One question may take this long, in milliseconds; a gate asks again. */
const longest = 30_000;

/** Asks once, without following redirects. Throws where there is no answer, or one beyond 1 MiB. */
export async function askHttp(
  url: string,
  options: { readonly method: "GET" | "POST"; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  const { request } = await import("undici");
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(longest)]);
  const response = await request(url, { method: options.method, signal });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error("the answer is larger than 1 MiB");
    chunks.push(chunk);
  }
  return { status: response.statusCode, body: Buffer.concat(chunks).toString("utf8") };
}

/** Why there was no answer, without what the address or the library's message may carry. */
export function problemOf(error: unknown): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  return name === "TimeoutError" ? `no answer within ${longest / 1000} s` : (code ?? message).slice(0, 200);
}
