import { expect, test } from "vitest";
import { trustAnnotations } from "#contract";
import { refuseSkippedStep } from "./trust-order.ts";

const inputs = (roots: string) => ({
  metadata: { annotations: { [trustAnnotations.roots]: roots, [trustAnnotations.workloadCa]: "w1" } },
});

test("a skipped step is refused with its code and the way out, of which Pulumi shows nothing but the message", () => {
  const skip = () => refuseSkippedStep("a", { oldInputs: inputs("r1=active"), newInputs: inputs("r2=active") });
  expect(skip).toThrow(/^EDGE_TRUST_STEP_SKIPPED: the trust of installation a cannot go from r1=active .+\n\S/);
});

test("a step that may be taken is let through", () => {
  const [oldInputs, newInputs] = [inputs("r1=active"), inputs("r1=active,r2=next")];
  expect(() => refuseSkippedStep("a", { oldInputs, newInputs })).not.toThrow();
});
