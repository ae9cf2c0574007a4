import type { GateReport, HttpGate } from "../model/index.ts";
import { askHttp, problemOf } from "./http.ts";

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
