import type { Check } from "./check.ts";
import { edgeAgentConfined, iotedgedConfined, modulesWithoutRights } from "./checks/installation.ts";
import { aggregatesInto, danglingAccount, defaultAccount, everyone, unresolved } from "./checks/state.ts";

/** All rules about whole states, in the order of docs/rbac-rules.md. */
export const checks: readonly Check[] = [
  unresolved,
  edgeAgentConfined,
  iotedgedConfined,
  modulesWithoutRights,
  everyone,
  defaultAccount,
  aggregatesInto,
  danglingAccount,
];
