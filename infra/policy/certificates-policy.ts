import type { StackValidationPolicy } from "@pulumi/policy";
import { type PlannedResource, plannedResources } from "./plan.ts";

const certificateTypes = new Set([
  "tls:index/selfSignedCert:SelfSignedCert",
  "tls:index/locallySignedCert:LocallySignedCert",
]);
const hour = 3_600_000;

/** Certificates of the stack are valid, and a deployment renews them before they end. */
export function certificatesPolicy(now: () => Date): StackValidationPolicy {
  return {
    name: "certificates-renewed",
    description: "Certificates are valid, and their renewal window opens long enough before they end.",
    severity: "high",
    validateStack: ({ resources }, report) => {
      for (const resource of plannedResources(resources))
        for (const problem of certificateProblems(resource, now())) report(problem, resource.urn);
    },
  };
}

/** What is wrong with a certificate of `@pulumi/tls`; nothing for other resources. */
export function certificateProblems({ type, props }: PlannedResource, now: Date): string[] {
  if (!certificateTypes.has(type)) return [];
  const { validityPeriodHours: validity, earlyRenewalHours: renewal, validityEndTime: end } = props;
  const problems: string[] = [];
  if (typeof validity === "number" && validity <= 0) problems.push(`validityPeriodHours is ${validity}.`);
  if (renewal === undefined || renewal === null || renewal === 0)
    problems.push("earlyRenewalHours is not set, so that no deployment renews the certificate before it has ended.");
  if (typeof renewal === "number" && typeof validity === "number" && validity > 0 && renewal >= validity)
    problems.push(
      `earlyRenewalHours (${renewal}) is no less than validityPeriodHours (${validity}): it is renewed at every deployment.`,
    );
  const ends = typeof end === "string" ? Date.parse(end) : Number.NaN;
  if (Number.isNaN(ends)) return problems;
  if (ends <= now.getTime()) problems.push(`it has ended on ${end}.`);
  else if (typeof renewal === "number" && ends - now.getTime() < renewal * hour)
    problems.push(`it ends on ${end} and is to be renewed; this update does not do it.`);
  return problems;
}
