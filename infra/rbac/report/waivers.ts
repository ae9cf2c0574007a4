import type { Finding } from "../risk/finding.ts";

/** A finding that somebody answers for until a date. `*` in subject and scope stands for any text. */
export interface Waiver {
  readonly index: number;
  readonly rule: string;
  readonly subject: string;
  readonly scope?: string;
  readonly cluster?: string;
  readonly owner: string;
  readonly reason: string;
  /** Last day, YYYY-MM-DD. */
  readonly expires: string;
}

/** Waivers that count, and those that did once. */
export interface Waivers {
  readonly active: readonly Waiver[];
  readonly expired: readonly Waiver[];
}

export function waives(waiver: Waiver, { rule, about, scope, cluster }: Finding): boolean {
  return (
    waiver.rule === rule.id &&
    matches(waiver.subject, about) &&
    (waiver.scope === undefined || matches(waiver.scope, scope === "" ? "cluster" : scope)) &&
    (waiver.cluster === undefined || matches(waiver.cluster, cluster))
  );
}

function matches(pattern: string, value: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(value);
}
