import { X509Certificate } from "node:crypto";
import type { EdgeError } from "#base";
import type { Check } from "../model/index.ts";

/** Native sidecars, which the proxy is, are on by default from here. */
const oldest = { major: 1, minor: 29 } as const;

/** Whether the API server is one that installations run on. */
export function checkServerVersion(gitVersion: string): Check {
  const id = "server-version";
  const [, major, minor] = /^v(\d{1,3})\.(\d{1,3})\./.exec(gitVersion) ?? [];
  const evidence = gitVersion.slice(0, 60);
  if (major === undefined || minor === undefined) {
    const fix = `Make sure that it is Kubernetes ${oldest.major}.${oldest.minor} or newer.`;
    return { id, severity: "warning", message: "the server does not tell a version that is known", evidence, fix };
  }
  const isOld = Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor);
  if (!isOld) return { id, severity: "ok", message: "the server's version is supported", evidence, fix: "" };
  const fix = `Update the cluster to Kubernetes ${oldest.major}.${oldest.minor} or newer: the proxy is a native sidecar.`;
  return { id, severity: "error", message: "the server is too old", evidence, fix };
}

const shownRequests = 8;

/** Whether all that will be written may be written. @param missing what is not allowed */
export function checkPermissions(missing: readonly string[], asked: number): Check {
  return judge("permissions", missing, {
    fine: `all ${asked} kinds of request are allowed`,
    wrong: `${missing.length} kinds of request are not allowed`,
    fix: "Grant them to the credentials of the context, or use others; `npx edgectl rbac explain` tells what is missing.",
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
  const more = missing.length > shownRequests ? `, and ${missing.length - shownRequests} more` : "";
  const evidence = `${missing.slice(0, shownRequests).join("; ")}${more}`;
  return { id, severity: "error", message: say.wrong, evidence, fix: say.fix };
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

/** Certificates in PEM, and where they are. */
export interface CertificateSource {
  /** `Secret edge-a/iotedged-workload-ca` */
  readonly where: string;
  readonly pem: string;
}

const day = 86_400_000;
const warnDays = 30;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const maxPemLength = 1024 * 1024;

/** Whether the certificates outlive the next weeks. One that cannot be read counts as expired. */
export function checkCertificates(sources: readonly CertificateSource[], now: number): Check {
  const ends = sources.flatMap(({ where, pem }) => endsOf(pem).map((end) => ({ where, end })));
  const soonest = ends.toSorted((a, b) => a.end - b.end)[0];
  if (soonest === undefined) {
    return { id: "certificates", severity: "ok", message: "there are no certificates yet", evidence: "", fix: "" };
  }
  const { where, end } = soonest;
  const days = Math.floor((end - now) / day);
  const evidence = end === 0 ? `${where} cannot be read` : `${where} ends ${new Date(end).toISOString()}`;
  if (days >= warnDays) return { id: "certificates", severity: "ok", message: `${days} days left`, evidence, fix: "" };
  const message = end <= now ? "a certificate is expired" : `a certificate ends in ${days} days`;
  const fix =
    "Set trust.earlyRenewalDays above the days that are left and plan again: the deployment then replaces it.";
  return { id: "certificates", severity: end <= now ? "error" : "warning", message, evidence, fix };
}

/** Ends of validity in milliseconds since 1970; 0 for what is no certificate. */
function endsOf(pem: string): readonly number[] {
  if (pem.length > maxPemLength) return [0];
  const blocks = pem.match(pemBlock) ?? [];
  return blocks.length === 0 ? [0] : blocks.map(endOf);
}

function endOf(block: string): number {
  try {
    return Date.parse(new X509Certificate(block).validTo);
  } catch {
    return 0;
  }
}
