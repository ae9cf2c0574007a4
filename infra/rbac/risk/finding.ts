import { createHash } from "node:crypto";
import type { Origin } from "../model/objects.ts";
import type { Permission } from "../model/permission.ts";
import type { Path } from "../model/power.ts";
import type { Subject } from "../model/subject.ts";
import type { Leads } from "./reach/reach.ts";
import type { RuleText } from "./rule.ts";
import { type Severity, severityRank } from "./severity.ts";

/** What a rule found: one per rule, subject and scope. */
export interface Finding extends Leads {
  readonly rule: RuleText;
  readonly severity: Severity;
  readonly cluster: string;
  /** The subject, as `describeSubject` writes it, or the object where no subject is concerned. */
  readonly about: string;
  /** Stands for `about` where that holds a path of the input. */
  readonly identity?: string;
  /** Undefined where no subject is concerned. */
  readonly subject?: Subject;
  /** Namespace; empty: everywhere. */
  readonly scope: string;
  readonly permissions: readonly Permission[];
  /** How bad each of the permissions is, and where it leads; empty where the rule is about no single one. */
  readonly evidence: readonly Evidence[];
  /** Of the same rule, held before the change already. */
  readonly earlier: readonly Permission[];
  /** Whether the permissions were there before the change, and lead further by it. @default false */
  readonly leadsFurther?: boolean;
  readonly paths: readonly Path[];
  readonly origin: Origin;
}

/** One permission of a finding by itself. */
export interface Evidence extends Leads {
  readonly permission: Permission;
  readonly severity: Severity;
}

/** A finding of which this is all that is found: as bad as the worst of it, and leading where that leads. */
export function weighed(finding: Finding, evidence: readonly Evidence[]): Finding {
  const { reach: _, unknown: __, ...rest } = finding;
  const [worst] = evidence.toSorted(compareEvidence);
  if (worst === undefined) return finding;
  const told = evidence.find(({ unknown }) => unknown !== undefined);
  return {
    ...rest,
    severity: worst.severity,
    permissions: evidence.map(({ permission }) => permission),
    evidence,
    ...(worst.reach === undefined ? {} : { reach: worst.reach }),
    // What is not known cannot make the worst worse.
    ...(told?.unknown === undefined || worst.severity === "critical" ? {} : { unknown: told.unknown }),
  };
}

/** Worst first; among those, what leads further by the shorter way. */
function compareEvidence(a: Evidence, b: Evidence): number {
  const rank = ({ severity, reach }: Evidence) =>
    severityRank(severity) * 10 + (reach === undefined ? 0 : severityRank(reach.severity) + 1);
  const length = ({ reach }: Evidence) => reach?.steps.length ?? 0;
  const isAdmin = ({ reach }: Evidence) => Number(reach?.power === "cluster-admin");
  return rank(b) - rank(a) || isAdmin(b) - isAdmin(a) || length(a) - length(b);
}

/** The same for the same thing in a later run, whatever line, file or cluster it stands in and however it is granted. */
export function fingerprintOf({ rule, about, identity = about, scope }: Finding): string {
  const text = JSON.stringify([rule.id, identity, scope]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
