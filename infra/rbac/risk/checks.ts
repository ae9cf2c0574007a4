import type { Check } from "./check.ts";
import { edgeAgentConfined, iotedgedConfined, modulesWithoutRights } from "./checks/installation.ts";
import { aggregatesInto, danglingAccount, unresolved } from "./checks/state.ts";
import { allNodes, defaultAccount, everyone, namespaceAccounts, systemMasters } from "./checks/subjects.ts";

/** All rules about whole states, in the order of docs/rbac-rules.md. */
export const checks: readonly Check[] = [
  unresolved,
  edgeAgentConfined,
  iotedgedConfined,
  modulesWithoutRights,
  everyone,
  systemMasters,
  namespaceAccounts,
  defaultAccount,
  allNodes,
  aggregatesInto,
  danglingAccount,
];
