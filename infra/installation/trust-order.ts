import * as pulumi from "@pulumi/pulumi";
import { describeTrust, skippedSteps, trustModelErrors, trustOfAnnotations } from "../trust-model/index.ts";

/**
 * Options that let Pulumi compare what is deployed with what is declared before it changes the trust bundle, in previews
 * too. The stack's state knows what is deployed, and hands it to this check as the inputs that the ConfigMap had.
 */
export function orderHooks(installation: string): pulumi.CustomResourceOptions {
  if (!hasHooks()) return {};
  const check = (args: pulumi.ResourceHookArgs) => refuseSkippedStep(installation, args);
  return {
    hooks: { beforeUpdate: [new pulumi.ResourceHook(`${installation}-trust-order`, check, { onDryRun: true })] },
  };
}

/** Pulumi's mocks for unit tests have none. */
function hasHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor() as object | undefined;
  return monitor !== undefined && "registerResourceHook" in monitor;
}

type Inputs = Readonly<Record<string, { readonly annotations?: Readonly<Record<string, string>> } | undefined>>;

/** @throws EDGE_TRUST_STEP_SKIPPED, with code and remedy in the message: that is all that Pulumi shows of it */
export function refuseSkippedStep(
  installation: string,
  { oldInputs, newInputs }: Pick<pulumi.ResourceHookArgs, "oldInputs" | "newInputs">,
): void {
  const deployed = trustOfAnnotations((oldInputs as Inputs | undefined)?.metadata?.annotations);
  const declared = trustOfAnnotations((newInputs as Inputs | undefined)?.metadata?.annotations);
  const [skipped] = skippedSteps(deployed, declared);
  if (skipped === undefined) return;
  const [from, to] = [describeTrust(deployed), describeTrust(declared)];
  const refusal = trustModelErrors.EDGE_TRUST_STEP_SKIPPED({ installation, deployed: from, declared: to, ...skipped });
  throw new Error(`${refusal.code}: ${refusal.message}\n${refusal.remedy}`, { cause: refusal });
}
