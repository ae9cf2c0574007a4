import type { EdgeError } from "#base";
import {
  type CertificateSource,
  judgeCertificates,
  judgeEscalation,
  judgePermissions,
  judgeServerVersion,
} from "../../check/index.ts";
import type { Check } from "../model/index.ts";

/** Whether the API server is one that installations run on. */
export function checkServerVersion(gitVersion: string): Check {
  return { id: "server-version", ...judgeServerVersion(gitVersion) };
}

/** Whether all that will be written may be written. @param missing what is not allowed */
export function checkPermissions(missing: readonly string[], asked: number): Check {
  return { id: "permissions", ...judgePermissions(missing, asked) };
}

/** Whether the roles and bindings that will be written hand out more than the credentials have. */
export function checkEscalation(missing: readonly string[], asked: number): Check {
  return { id: "escalation", ...judgeEscalation(missing, asked) };
}

/** A field that somebody else has changed since it was applied. */
export interface Drifted {
  readonly object: string;
  readonly field: string;
  readonly manager: string;
}

const shownDrift = 5;

/** Whether somebody has changed what was deployed. A warning: the run takes these fields back. */
export function checkDrift(drifted: readonly Drifted[]): Check {
  const id = "drift";
  if (drifted.length === 0) {
    return { id, severity: "ok", message: "nobody has changed what was deployed", evidence: "", fix: "" };
  }
  const shown = drifted.slice(0, shownDrift).map(({ object, field, manager }) => `${object} ${field} by ${manager}`);
  const more = drifted.length > shownDrift ? `, and ${drifted.length - shownDrift} more` : "";
  return {
    id,
    severity: "warning",
    message: `${drifted.length} fields were changed by others, and the run takes them back`,
    evidence: `${shown.join("; ")}${more}`,
    fix: "Put what shall stay into the stack's configuration before the run.",
  };
}

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

const fixes = {
  renew: "Set trust.earlyRenewalDays above the days that are left and plan again: the deployment then replaces it.",
  restore: "Nothing: the deployment brings it back.",
};

/** Whether the certificates outlive the next weeks. */
export function checkCertificates(sources: readonly CertificateSource[], now: number): Check {
  return { id: "certificates", ...judgeCertificates(sources, now, fixes) };
}
