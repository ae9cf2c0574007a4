/** Lives of an installation's certificate authorities, in days. */
export interface TrustPeriods {
  readonly rootDays: number;
  readonly workloadCaDays: number;
  /** How long before its end the workload CA is replaced by the next deployment. */
  readonly earlyRenewalDays: number;
}

export interface TrustPeriodProblem {
  readonly field: keyof TrustPeriods;
  readonly allowed: string;
  readonly remedy: string;
}

/**
 * What is wrong with the periods; empty when nothing is.
 *
 * A certificate whose early renewal is not shorter than its life is due as soon as it is made. The root is replaced
 * when less than a workload CA's life is left of it, so that it outlives every workload CA that it signs.
 */
export function trustPeriodProblems(periods: TrustPeriods): readonly TrustPeriodProblem[] {
  const { rootDays, workloadCaDays, earlyRenewalDays } = periods;
  const problems: TrustPeriodProblem[] = [];
  if (!(earlyRenewalDays > 0 && earlyRenewalDays < workloadCaDays)) {
    problems.push({
      field: "earlyRenewalDays",
      allowed: `more than 0 and less than workloadCaDays (${workloadCaDays})`,
      remedy: "Renew the workload CA later in its life, or let it live longer.",
    });
  }
  if (!(rootDays > workloadCaDays)) {
    problems.push({
      field: "rootDays",
      allowed: `more than workloadCaDays (${workloadCaDays})`,
      remedy: "Let the root live longer than the workload CA that it signs.",
    });
  }
  return problems;
}
