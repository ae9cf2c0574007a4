import type { PolicyRule } from "#contract";
import { asCalled } from "../../terminal/index.ts";
import type { Verdict } from "./verdict.ts";

/** A rule of the ClusterRole that lets somebody look at what a check judges. */
export type Right = PolicyRule;

/** One thing that is looked at: what it shall be, what it takes to see it, and how it is judged. Pure. */
export interface Check<Observations> {
  /** Stable name; the anchor of its entry in docs/check.md. */
  readonly id: string;
  /** What is so where nothing is wrong. */
  readonly what: string;
  /** What the reader does about it, for the documentation. */
  readonly help: string;
  /** What looking takes beside talking to the API server at all. */
  readonly rights: readonly Right[];
  readonly judge: (seen: Observations) => Verdict | readonly Verdict[];
}

/** What a check found, as it is told. */
export interface CheckResult extends Verdict {
  readonly id: string;
  readonly what: string;
  /** `cluster`, or the namespace of an installation. */
  readonly scope: string;
  /** Where it is explained. */
  readonly docs: string;
}

/** Longest that a text of a cluster may be in a result. */
const maxText = 2000;

/** Judges all that was seen, in the order of the checks. */
export function runChecks<O>(checks: readonly Check<O>[], seen: O, scope: string): readonly CheckResult[] {
  return checks.flatMap((check) => [check.judge(seen)].flat().map((verdict) => resultOf(check, verdict, scope)));
}

export function resultOf(
  { id, what }: Pick<Check<never>, "id" | "what">,
  { component, cause, milliseconds, ...verdict }: Verdict,
  scope: string,
): CheckResult {
  return {
    id,
    what,
    severity: verdict.severity,
    scope,
    ...(component === undefined ? {} : { component }),
    ...(cause === undefined ? {} : { cause }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    message: verdict.message.slice(0, maxText),
    evidence: verdict.evidence.slice(0, maxText),
    fix: asCalled(verdict.fix),
    docs: `docs/check.md#${id}`,
  };
}
