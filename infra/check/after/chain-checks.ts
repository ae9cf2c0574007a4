import {
  annotations,
  isModuleServiceAccount,
  labels,
  objectNames,
  proxyContainer,
  systemModuleIds,
  tokenAudience,
  volumeNames,
} from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { fine, type Verdict, wrong } from "../model/verdict.ts";
import type { AuditRefusal, ProxyFailure } from "./log-lines.ts";
import type { AfterSeen } from "./observations.ts";
import { hasProxy, isEnding, proxyOf } from "./proxy-container.ts";
import { explainProxy, isOfProxy } from "./proxy-failures.ts";
import { refusalRule } from "./refusal-rules.ts";

/** From a module's pod to iotedged's answer, link by link. */
export const chainChecks: readonly Check<AfterSeen>[] = [
  {
    id: "proxy",
    what: "each module's proxy has a token and a trust bundle, and has reached iotedged",
    help: "The proxy is ready once it has a valid token, a trust bundle and iotedged's address, and has reached iotedged over verified TLS. Its log tells which of them it lacks. One that was ready stays so; it counts as wrong for a minute after a request that it could not forward.",
    rights: [look.pods, look.logs],
    judge: ({ pods, proxyFailures, namespace, hints }) =>
      whenKnown({ pods, proxyFailures }, (seen) =>
        ofPods(seen.pods, (pod) =>
          judgeProxy(
            pod,
            seen.proxyFailures.get(pod.metadata.name),
            `${hints.kubectl} logs ${pod.metadata.name} -c ${proxyContainer} -n ${namespace}`,
          ),
        ),
      ),
  },
  {
    id: "audience",
    what: "each module's pod asks for a token of this installation's audience",
    help: "The audience is `iotedge:NAMESPACE/NAME`. A pod that was made under another name of the installation has a token that iotedged refuses.",
    rights: [look.pods, look.configMaps],
    judge: ({ pods, name, namespace, hints }) =>
      whenKnown({ pods, name }, (seen) => {
        const wanted = tokenAudience({ namespace, name: seen.name });
        return ofPods(seen.pods, (pod) =>
          judgeAudience(pod, wanted, { up: hints.up, restart: hints.restart(idOf(pod), namespace) }),
        );
      }),
  },
  {
    id: "identity",
    what: "each module's pod has the account of its module, whose name and annotation agree",
    help: "The account's name is the encoding of the module's id, so that nobody becomes another module by an annotation. EdgeAgent makes both.",
    rights: [look.pods, look.accounts],
    judge: ({ pods, accounts, namespace, hints }) =>
      whenKnown({ pods, accounts }, (seen) =>
        ofPods(seen.pods, (pod) => judgeIdentity(pod, seen.accounts, hints.restart(idOf(pod), namespace))),
      ),
  },
  {
    id: "token-review",
    what: "iotedged may ask the API server whose token it was shown",
    help: "The right comes by ClusterRoleBinding `iotedge:NAME:auth-delegator`, or `iotedge:NAME:token-reviewer`. Without it, every module is refused once what iotedged remembers has passed.",
    rights: [look.accessReviews],
    judge: ({ tokenReview, hints, namespace }) =>
      whenKnown({ tokenReview }, (seen) =>
        seen.tokenReview
          ? fine("iotedged may create TokenReviews")
          : wrong(
              "iotedged may not create TokenReviews: it knows nobody",
              `SubjectAccessReview of system:serviceaccount:${namespace}:iotedged`,
              `Grant it again: ${hints.up}`,
            ),
      ),
  },
  {
    id: "refusals",
    what: "iotedged has refused nobody within the last 10 minutes",
    help: "iotedged's audit lines say who was refused, and by which rule; docs/audit.md lists them. What is set up wrongly counts as wrong, what a module should not have asked for as something to look at.",
    rights: [look.pods, look.logs],
    judge: ({ refusals, hints, namespace }) =>
      whenKnown({ refusals }, (seen) => {
        if (seen.refusals.length === 0) return fine("nobody was refused");
        return seen.refusals.map((one) => judgeRefusal(one, namespace, hints));
      }),
  },
];

/** Pods of modules that are to run, and what is wrong with them; one line where nothing is. */
function ofPods(pods: readonly LiveObject[], judge: (pod: LiveObject) => Verdict | undefined): readonly Verdict[] {
  const own = pods.filter((pod) => {
    const of = pod.metadata.labels ?? {};
    return of[labels.module] !== undefined && of[labels.puller] === undefined && !isEnding(pod) && hasProxy(pod);
  });
  const found = own.flatMap((pod) => {
    const verdict = judge(pod);
    return verdict === undefined ? [] : [{ ...verdict, component: idOf(pod) }];
  });
  return found.length > 0 ? found : [fine(`${own.length} pods of modules`)];
}

/** Id of the module, as well as its pod tells it. */
export function idOf({ metadata }: LiveObject): string {
  return metadata.annotations?.[annotations.moduleId] ?? metadata.labels?.[labels.module] ?? metadata.name;
}

function judgeProxy(pod: LiveObject, failure: ProxyFailure | undefined, logs: string): Verdict | undefined {
  const proxy = proxyOf(pod);
  // Why a pod has no containers yet is another check's to say.
  if (proxy?.state?.running === undefined) return undefined;
  const { says, fix } = explainProxy(failure);
  const seen =
    failure === undefined ? "its proxy is not ready" : [failure.error, failure.cause].filter(Boolean).join(", ");
  const evidence = `pod ${pod.metadata.name}: ${seen}`;
  if (proxy.started !== true) return wrong(`its proxy cannot serve it: ${says}`, evidence, `${fix}: ${logs}`);
  if (failure === undefined || !isOfProxy(failure)) return undefined;
  return wrong(`its proxy could not forward a request within the last minute: ${says}`, evidence, `${fix}: ${logs}`);
}

interface TokenSource {
  readonly serviceAccountToken?: { readonly audience?: string };
}

/** Whether the pod's token is for the installation; undefined where it is. */
export function judgeAudience(
  { metadata, spec }: LiveObject,
  wanted: string,
  { up, restart }: { readonly up: string; readonly restart: string },
): Verdict | undefined {
  const volumes: readonly { name: string; projected?: { sources?: readonly TokenSource[] } }[] = spec?.volumes ?? [];
  const token = volumes.find(({ name }) => name === volumeNames.moduleToken);
  const found =
    token?.projected?.sources?.flatMap(({ serviceAccountToken }) => serviceAccountToken?.audience ?? []) ?? [];
  if (found.includes(wanted)) return undefined;
  const evidence = `pod ${metadata.name}: audience ${found.join(", ") || "none"}, and iotedged takes ${wanted}`;
  // EdgeAgent makes pods of the name in its settings, so that they differ where somebody has changed iotedged's.
  const fix = `Bring the installation's settings back: ${up}. Where its pod stays as it is, let EdgeAgent make it anew: ${restart}`;
  return wrong("its token is for another audience", evidence, fix);
}

/** Whether the pod's account is the module's; undefined where it is. */
export function judgeIdentity(
  { metadata, spec, ...pod }: LiveObject,
  accounts: readonly LiveObject[],
  restart: string,
): Verdict | undefined {
  const name: string = spec?.serviceAccountName ?? "default";
  const id = idOf({ metadata, spec, ...pod } as LiveObject);
  const evidence = `pod ${metadata.name}: ServiceAccount ${name}`;
  const account = accounts.find((one) => one.metadata.name === name);
  if (account === undefined)
    return wrong("its account is gone", evidence, `EdgeAgent makes it again; then start the module anew: ${restart}`);
  const moduleId = moduleIdOf(account);
  const isOwn = moduleId !== undefined && (name === objectNames.edgeAgent || isModuleServiceAccount(name, moduleId));
  if (isOwn && moduleId === id) return undefined;
  const message = moduleId === undefined ? "its account names no module" : `its account says that it is ${moduleId}`;
  return wrong(
    message,
    evidence,
    `Somebody has changed annotations of the account; EdgeAgent sets them right. Then: ${restart}`,
  );
}

/** EdgeAgent's name is reserved, so its account needs no annotation. */
function moduleIdOf({ metadata }: LiveObject): string | undefined {
  return metadata.name === objectNames.edgeAgent
    ? systemModuleIds.edgeAgent
    : metadata.annotations?.[annotations.moduleId];
}

function judgeRefusal(
  { rule, who, isModule, action, count, last }: AuditRefusal,
  namespace: string,
  hints: AfterSeen["hints"],
): Verdict {
  const { link, isSetup, says, fix } = refusalRule(rule);
  const commands: Readonly<Record<string, string>> = {
    up: hints.up,
    restart: isModule ? hints.restart(who, namespace) : `${hints.kubectl} get pods -n ${namespace}`,
    logs: isModule ? hints.logs(who, namespace, false) : `${hints.kubectl} logs deployment/iotedged -n ${namespace}`,
  };
  return {
    severity: isSetup ? "error" : "warning",
    ...(isModule ? { component: who } : {}),
    message: `${isModule ? "" : `${who} `}was refused ${count} times at ${link}: ${says}`,
    evidence: `rule ${rule} of iotedged, ${action}, last ${last}`,
    fix: fix.replace(/\{(\w+)\}/g, (whole, key: string) => commands[key] ?? whole),
  };
}
