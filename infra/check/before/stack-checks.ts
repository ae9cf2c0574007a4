import { certificatesOf, judgeCertificates } from "../judge/certificates.ts";
import { judgeLock } from "../judge/lock.ts";
import { judgeEscalation, judgePermissions } from "../judge/rights.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { DeploymentSeen, StackSeen } from "./observations.ts";

/** What the stack declares, against what the cluster takes. */
export const stackChecks: readonly Check<DeploymentSeen>[] = [
  {
    id: "stack-valid",
    what: "the program takes the stack's configuration, and EdgeAgent its deployment manifests",
    help: "What the program refuses is never deployed. `npx edgectl manifest check FILE --stack STACK` says file, line and column of what is wrong in a manifest.",
    rights: [],
    judge: ofStack(({ refusal, objects, warnings, name }) => {
      if (refusal !== undefined) return [wrong(refusal.message, refusal.code, refusal.remedy)];
      const notes = warnings.map((message) =>
        doubtful(message, `stack ${name}`, "Change it in the stack where it matters."),
      );
      return [...whenKnown({ objects }, (seen) => fine(`${seen.objects.length} objects`)), ...notes];
    }),
  },
  {
    id: "kinds-served",
    what: "the cluster serves every kind that the stack declares",
    help: "`PodMonitor` and `PrometheusRule` take the Prometheus operator, admission policies Kubernetes 1.30. Install what defines the kind, or turn its option off.",
    rights: [],
    judge: ofStack(({ unservedKinds }) =>
      whenKnown({ unservedKinds }, ({ unservedKinds: kinds }) => {
        if (kinds.length === 0) return fine("all kinds are served");
        const fix =
          "Install what defines them, or turn the option off in the stack: monitoring, edgeAgent.admissionPolicy.";
        return wrong("the cluster does not serve all kinds", firstOf(kinds), fix);
      }),
    ),
  },
  {
    id: "permissions",
    what: "the credentials may write all that the stack declares",
    help: "Every request that a deployment makes is asked for by a SelfSubjectAccessReview.",
    rights: [],
    judge: ofStack(({ rights }) =>
      whenKnown({ rights }, (seen) => judgePermissions(seen.rights.missing, seen.rights.asked)),
    ),
  },
  {
    id: "escalation",
    what: "the credentials may hand out what the stack's roles and bindings hand out",
    help: "Kubernetes lets nobody grant what he does not have, but for who may `escalate` roles and `bind` them.",
    rights: [look.clusterRole],
    judge: ofStack(({ rights }) =>
      whenKnown({ rights }, (seen) => judgeEscalation(seen.rights.exceeding, seen.rights.handedOut)),
    ),
  },
  {
    id: "foreign-objects",
    what: "no object of the stack's names is there already that belongs to somebody else",
    help: "A deployment refuses to take them over. Rename the installation, delete what is left, or take it over by `--adopt`. What Flux or Argo CD deploys is theirs. Takes the right to get what the stack declares, which whoever deploys it has.",
    rights: [],
    judge: ofStack(({ foreign, name }, { hints }) =>
      whenKnown({ foreign }, ({ foreign: found }) => {
        if (found.length === 0) return fine("nothing is in the way");
        const fix = found.some(({ isGitOps }) => isGitOps)
          ? "Flux or Argo CD deploys them, and would undo this deployment: change them in its repository (docs/gitops.md), or take them out of it before."
          : `Rename the installation in stack ${name}, or take them over: ${hints.up} --adopt`;
        return wrong(
          `${found.length} objects are there already and belong to no stack, or to another one`,
          firstOf(found.map((one) => one.name)),
          fix,
        );
      }),
    ),
  },
  {
    id: "certificates",
    what: "the CAs that are deployed outlive the next 30 days",
    help: "Only a deployment renews a CA. `trust.earlyRenewalDays` says how long before its end.",
    rights: [look.secrets, look.configMaps],
    judge: ofStack(({ certificates }, { now, hints }) =>
      whenKnown({ certificates }, (seen) =>
        judgeCertificates(certificatesOf(seen.certificates), now, {
          renew: `Set trust.earlyRenewalDays above the days that are left, then: ${hints.up}`,
          restore: `Bring it back: ${hints.up}`,
        }),
      ),
    ),
  },
  {
    id: "stack-lock",
    what: "no rollout has the stack locked in this cluster",
    help: "A rollout holds a Lease in each cluster that it changes, and renews it. One that was killed leaves it until it has passed.",
    rights: [look.lease],
    judge: ofStack(({ lock }, { now }) => whenKnown({ lock }, (seen) => judgeLock(seen.lock, now))),
  },
];

/** Nothing is said where no stack is named. */
function ofStack(judge: (stack: StackSeen, seen: DeploymentSeen) => Verdict | readonly Verdict[]) {
  return (seen: DeploymentSeen) => (seen.stack === undefined ? [] : judge(seen.stack, seen));
}
