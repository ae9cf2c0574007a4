import { judgeLock } from "../judge/lock.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { fine } from "../model/verdict.ts";
import { chainChecks } from "./chain-checks.ts";
import { hubChecks } from "./hub-checks.ts";
import { objectChecks } from "./object-checks.ts";
import type { AfterSeen, LocksSeen } from "./observations.ts";
import { trustChecks } from "./trust-checks.ts";
import { workloadChecks } from "./workload-checks.ts";

/** All that is looked at of an installation, from its objects along the chain to what was refused. */
export const afterChecks: readonly Check<AfterSeen>[] = [
  ...objectChecks,
  ...workloadChecks,
  ...trustChecks,
  ...chainChecks,
  ...hubChecks,
];

/** What is looked at of the cluster beside the API server. */
export const lockChecks: readonly Check<LocksSeen>[] = [
  {
    id: "stack-lock",
    what: "no rollout has a stack locked in this cluster",
    help: "A rollout holds a Lease in each cluster that it changes, and renews it. One that was killed leaves it until it has passed.",
    rights: [look.leases],
    judge: ({ locks, now }) =>
      whenKnown({ locks }, (seen) => {
        const held = seen.locks.map((lease) => judgeLock(lease, now)).filter(({ severity }) => severity !== "ok");
        return held.length > 0 ? held : fine("nobody has a stack locked");
      }),
  },
];
