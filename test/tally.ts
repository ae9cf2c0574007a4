/** How many checks or tests ended how, and what the failed ones said. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/** What a test runner reports about a run. A failure may belong to no test. */
export type TestReport = Tally;

export const emptyTally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/**
 * Tally of a test runner's run. A run that failed without a failed test (a file that does not load, an unhandled
 * rejection, a setup that throws) counts as one failure; so does a run that left no report.
 *
 * @param reportText JSON of a {@link TestReport}
 */
export function tallyOf(reportText: string | undefined, exitCode: number): Tally {
  if (reportText === undefined) {
    return { ...emptyTally, failed: 1, failures: [`ended with exit code ${exitCode} and without a report`] };
  }
  const report = JSON.parse(reportText) as TestReport;
  if (report.failed > 0 || (exitCode === 0 && report.failures.length === 0)) return report;
  const failures = report.failures.length > 0 ? report.failures : [`ended with exit code ${exitCode}`];
  return { ...report, failed: 1, failures };
}
