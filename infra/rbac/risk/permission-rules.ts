import type { PermissionRule } from "./rule.ts";
import { clusterSetupRules } from "./rules/cluster-setup.ts";
import { identityRules } from "./rules/identities.ts";
import { operationRules } from "./rules/operations.ts";
import { trafficRules } from "./rules/traffic.ts";
import { wildcardRules } from "./rules/wildcards.ts";
import { workloadRules } from "./rules/workloads.ts";

/** All rules about single permissions, in the order of docs/rbac-rules.md. */
export const permissionRules: readonly PermissionRule[] = [
  ...wildcardRules,
  ...workloadRules,
  ...identityRules,
  ...clusterSetupRules,
  ...trafficRules,
  ...operationRules,
];
