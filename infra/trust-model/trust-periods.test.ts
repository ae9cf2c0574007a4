import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trustPeriodProblems } from "./trust-periods.ts";

describe("trustPeriodProblems", () => {
  it.each([
    { rootDays: 3650, workloadCaDays: 730, earlyRenewalDays: 180, fields: [] },
    { rootDays: 3, workloadCaDays: 2, earlyRenewalDays: 1, fields: [] },
    { rootDays: 3650, workloadCaDays: 730, earlyRenewalDays: 0, fields: ["earlyRenewalDays"] },
    { rootDays: 3650, workloadCaDays: 730, earlyRenewalDays: 730, fields: ["earlyRenewalDays"] },
    { rootDays: 730, workloadCaDays: 730, earlyRenewalDays: 180, fields: ["rootDays"] },
    { rootDays: 1, workloadCaDays: 1, earlyRenewalDays: 1, fields: ["earlyRenewalDays", "rootDays"] },
    { rootDays: Number.NaN, workloadCaDays: 2, earlyRenewalDays: 1, fields: ["rootDays"] },
  ])("finds $fields in $rootDays / $workloadCaDays / $earlyRenewalDays", ({ fields, ...periods }) => {
    expect(trustPeriodProblems(periods).map(({ field }) => field)).toEqual(fields);
  });

  it("lets through only periods where 0 < early renewal < workload CA < root", () => {
    const days = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(days, days, days, (rootDays, workloadCaDays, earlyRenewalDays) => {
        const possible = 0 < earlyRenewalDays && earlyRenewalDays < workloadCaDays && workloadCaDays < rootDays;
        expect(trustPeriodProblems({ rootDays, workloadCaDays, earlyRenewalDays }).length === 0).toBe(possible);
      }),
    );
  });
});
