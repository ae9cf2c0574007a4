import type { Check } from "../check.ts";
import { aggregatesInto } from "./aggregates-into.ts";
import { danglingAccount } from "./dangling-account.ts";
import { defaultAccount } from "./default-account.ts";
import { everyone } from "./everyone.ts";
import { edgeAgentConfined, iotedgedConfined, modulesWithoutRights } from "./installation.ts";
import { unresolved } from "./unresolved.ts";

/** Rules about whole states. */
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
