import type { PowerIndex } from "../model/power.ts";
import type { Finding } from "./finding.ts";
import type { RuleText } from "./rule.ts";

/** What a check says of a finding; the rest is the same for all of them. */
export type CheckFinding = Omit<Finding, "rule" | "cluster" | "evidence" | "earlier">;

/** A rule about a whole state: who is bound, what is not known, what an installation must not be able to do. */
export interface Check extends RuleText {
  find(index: PowerIndex): readonly CheckFinding[];
}
