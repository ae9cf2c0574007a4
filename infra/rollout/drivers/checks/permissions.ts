import type { Check } from "../../model/index.ts";

const shownAtMost = 8;

/** Whether all that will be written may be written. @param missing what is not allowed */
export function checkPermissions(missing: readonly string[], asked: number): Check {
  return judge("permissions", missing, {
    fine: `all ${asked} kinds of request are allowed`,
    wrong: `${missing.length} kinds of request are not allowed`,
    fix: "Grant them to the credentials of the context, or use others; `edgectl rbac explain` tells what is missing.",
  });
}

/** Whether the roles and bindings that will be written hand out more than the credentials have. */
export function checkEscalation(missing: readonly string[], asked: number): Check {
  return judge("escalation", missing, {
    fine: `${asked} roles and bindings hand out nothing that the credentials lack`,
    wrong: "roles or bindings would hand out permissions that the credentials lack",
    fix: "Grant the credentials these permissions, or `escalate` and `bind` on the roles.",
  });
}

function judge(id: string, missing: readonly string[], say: { fine: string; wrong: string; fix: string }): Check {
  if (missing.length === 0) return { id, severity: "ok", message: say.fine, evidence: "", fix: "" };
  const more = missing.length > shownAtMost ? `, and ${missing.length - shownAtMost} more` : "";
  const evidence = `${missing.slice(0, shownAtMost).join("; ")}${more}`;
  return { id, severity: "error", message: say.wrong, evidence, fix: say.fix };
}
