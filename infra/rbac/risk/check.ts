import type { PowerIndex } from "../model/power.ts";
import type { Finding } from "./finding.ts";
import type { RuleText } from "./rule.ts";

/** A rule about a whole state: who is bound, what is not known, what an installation must not be able to do. */
export interface Check extends RuleText {
  find(index: PowerIndex): readonly Omit<Finding, "rule" | "cluster">[];
}
