/** How bad a finding is, from the least to the worst. */
export const severities = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

export const severityRank = (severity: Severity): number => severities.indexOf(severity);

/** The worse one of two. */
export function worse(a: Severity, b: Severity): Severity {
  return severityRank(a) >= severityRank(b) ? a : b;
}

export const raised = (severity: Severity): Severity => severities[severityRank(severity) + 1] ?? "critical";
export const lowered = (severity: Severity): Severity => severities[severityRank(severity) - 1] ?? "low";

export function isSeverity(text: string): text is Severity {
  return severities.some((severity) => severity === text);
}
