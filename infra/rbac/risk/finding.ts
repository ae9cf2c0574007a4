import { createHash } from "node:crypto";
import type { Origin } from "../model/objects.ts";
import type { Permission } from "../model/permission.ts";
import type { Path } from "../model/power.ts";
import type { RuleText } from "./rule.ts";
import type { Severity } from "./severity.ts";

/** What a rule found: one per rule, subject and scope. */
export interface Finding {
  readonly rule: RuleText;
  readonly severity: Severity;
  readonly cluster: string;
  /** The subject, as `describeSubject` writes it, or the object where no subject is concerned. */
  readonly about: string;
  /** Namespace; empty: everywhere. */
  readonly scope: string;
  readonly permissions: readonly Permission[];
  readonly paths: readonly Path[];
  readonly origin: Origin;
}

/** The same for the same thing in a later run, whatever line it stands in and however it is granted. */
export function fingerprintOf({ rule, cluster, about, scope }: Finding): string {
  const text = JSON.stringify([rule.id, cluster, about, scope]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
