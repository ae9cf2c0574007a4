import type { EdgeError } from "#base";
import type { Check } from "../../model/index.ts";

/** Whether the trust of the installations takes a step that clients can follow. @param refusals why it does not */
export function checkTrust(refusals: readonly EdgeError[]): readonly Check[] {
  const id = "trust";
  if (refusals.length === 0) {
    return [
      { id, severity: "ok", message: "clients can follow the roots that will be deployed", evidence: "", fix: "" },
    ];
  }
  return refusals.map(({ code, message, remedy }) => ({ id, severity: "error", message, evidence: code, fix: remedy }));
}
