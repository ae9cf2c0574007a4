import type { StackValidationPolicy } from "@pulumi/policy";
import { bundlePolicy } from "./bundle-policy.ts";
import { certificatesPolicy } from "./certificates-policy.ts";
import { configMapPolicy } from "./config-map-policy.ts";
import { rbacPolicy } from "./rbac-policy.ts";
import { trustBundlePolicy } from "./trust-bundle-policy.ts";

/** All policies of the pack. They look at the stack as a whole, at the end of `pulumi preview` and before `pulumi up`. */
export const policies: readonly StackValidationPolicy[] = [
  rbacPolicy,
  trustBundlePolicy,
  bundlePolicy(() => new Date()),
  configMapPolicy,
  certificatesPolicy(() => new Date()),
];
