import type { Check } from "../../model/index.ts";

/** A field that somebody else has changed since it was applied. */
export interface Drifted {
  readonly object: string;
  readonly field: string;
  readonly manager: string;
}

const shownAtMost = 5;

/** Whether somebody has changed what was deployed. A warning: the run takes these fields back. */
export function checkDrift(drifted: readonly Drifted[]): Check {
  const id = "drift";
  if (drifted.length === 0) {
    return { id, severity: "ok", message: "nobody has changed what was deployed", evidence: "", fix: "" };
  }
  const shown = drifted.slice(0, shownAtMost).map(({ object, field, manager }) => `${object} ${field} by ${manager}`);
  const more = drifted.length > shownAtMost ? `, and ${drifted.length - shownAtMost} more` : "";
  return {
    id,
    severity: "warning",
    message: `${drifted.length} fields were changed by others, and the run takes them back`,
    evidence: `${shown.join("; ")}${more}`,
    fix: "Put what shall stay into the stack's configuration before the run.",
  };
}
