import type { Check } from "../model/check.ts";
import { clusterChecks } from "./cluster-checks.ts";
import { namespaceChecks } from "./namespace-checks.ts";
import { networkChecks } from "./network-checks.ts";
import { nodeChecks } from "./node-checks.ts";
import type { BeforeSeen } from "./observations.ts";
import { stackChecks } from "./stack-checks.ts";

/** All that `edgectl check --pre` looks at, in the order in which it is shown. */
export const beforeChecks: readonly Check<BeforeSeen>[] = [
  ...clusterChecks,
  ...nodeChecks,
  ...stackChecks,
  ...namespaceChecks,
  ...networkChecks,
];
