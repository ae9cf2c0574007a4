import type { EdgeAgentArgs } from "../args.ts";
import { installationErrors } from "../errors.ts";

/**
 * Why an installation does without the admission policy; undefined when it has it.
 *
 * @throws EDGE_INSTALLATION_ADMISSION where it is turned off without a reason, or a reason stands beside it
 */
export function admissionPolicyOff(
  installation: string,
  { admissionPolicy = true, admissionPolicyOffBecause }: EdgeAgentArgs,
): string | undefined {
  const reason = admissionPolicyOffBecause?.trim() || undefined;
  if (admissionPolicy === (reason === undefined)) return reason;
  throw installationErrors.EDGE_INSTALLATION_ADMISSION({
    installation,
    found: admissionPolicy
      ? "`edgeAgent.admissionPolicyOffBecause` gives a reason for what is on"
      : "`edgeAgent.admissionPolicy` is false without a reason",
  });
}
