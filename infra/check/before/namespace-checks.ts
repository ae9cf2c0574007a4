import { type PodSecurityLevel, policyProfiles } from "#contract";
import { leastProfile } from "#manifest";
import { judgeLimitRange } from "../judge/limit-range.ts";
import { judgeQuota } from "../judge/quota.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { fine, type Verdict, wrong } from "../model/verdict.ts";
import { type DeclaredInstallation, declaredInstallations } from "./declared-installation.ts";
import { leastPods } from "./least-pods.ts";
import type { DeploymentSeen, NamespaceSeen, StackSeen } from "./observations.ts";

const enforceLabel = "pod-security.kubernetes.io/enforce";
const levels: readonly PodSecurityLevel[] = ["privileged", "baseline", "restricted"];

/** The namespaces that the stack's installations have or will have. */
export const namespaceChecks: readonly Check<DeploymentSeen>[] = [
  {
    id: "namespace",
    what: "each installation's namespace is there, or the stack makes it",
    help: "An installation makes its namespace with `createNamespace: true`. Else somebody has to make it before.",
    rights: [look.namespaces],
    judge: ofEach(({ object, name }, declared, { hints }, { objects }) =>
      whenKnown({ object, objects }, (seen) => {
        if (seen.object !== undefined) return fine(`namespace ${name} is there`);
        const isDeclared = seen.objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === name);
        if (isDeclared) return fine(`namespace ${name} will be made`);
        const fix = `Make it: ${hints.kubectl} create namespace ${name}; or set createNamespace: true in the stack.`;
        return wrong(
          `there is no namespace ${declared.namespace}, and the stack does not make it`,
          "get namespaces",
          fix,
        );
      }),
    ),
  },
  {
    id: "pod-security",
    what: "the namespace's Pod Security level takes the pods of the deployment manifest",
    help: "iotedged, EdgeAgent and proxies fit into `restricted`. What modules need follows from their manifest; docs/module-rights.md lists profiles with their levels.",
    rights: [look.namespaces],
    judge: ofEach(({ object }, declared, { hints }) =>
      whenKnown({ object }, (seen) => judgePodSecurity(declared, seen.object?.metadata.labels, hints.kubectl)),
    ),
  },
  {
    id: "openshift",
    what: "on OpenShift, the pods take the users that it assigns, or may run as the user of their images",
    help: "SCC `restricted-v2` refuses a fixed user: `podSecurity.assignedUsers` of the stack names none. `nonroot-v2` lets pods run as any user but root. This was tried with the API group alone, not on OpenShift.",
    rights: [look.accessReviews],
    judge: ofEach(({ scc, name }, { iotedged }) =>
      whenKnown({ scc }, (seen) => {
        if (seen.scc === undefined) return fine("this is not OpenShift");
        if (namesNoUser(iotedged)) return fine(`pods of ${name} take the users that OpenShift assigns`);
        if (seen.scc) return fine(`pods of ${name} may use SCC nonroot-v2`);
        const fix = `Set podSecurity: { assignedUsers: true } in the stack; or let them: oc adm policy add-scc-to-group nonroot-v2 system:serviceaccounts:${name}`;
        return wrong(`no SCC lets the pods of ${name} run as their images' user`, "user 1000, SCC nonroot-v2", fix);
      }),
    ),
  },
  {
    id: "quota",
    what: "the namespace's ResourceQuotas leave room for iotedged, EdgeAgent and the proxies",
    help: "Counted is the least that an installation takes: what modules ask for comes on top. A quota for limits refuses containers that have none, unless a LimitRange gives them one.",
    rights: [look.quotas, look.limitRanges, look.deployments],
    judge: ofEach(({ quotas, limits, deployed, name }, declared, { hints }) =>
      whenKnown({ quotas, limits, deployed }, (seen) =>
        judgeQuota(name, seen.quotas, seen.limits, leastPods(declared), seen.deployed, hints.kubectl),
      ),
    ),
  },
  {
    id: "limit-range",
    what: "the namespace's LimitRanges take the containers of iotedged, EdgeAgent and the proxy",
    help: "A LimitRange refuses containers outside of its bounds. Change it, or the `resources` of the component in the stack.",
    rights: [look.limitRanges],
    judge: ofEach(({ limits, name }, declared, { hints }) =>
      whenKnown({ limits }, (seen) => judgeLimitRange(name, seen.limits, leastPods(declared), hints.kubectl)),
    ),
  },
  {
    id: "pull-secrets",
    what: "the pull Secrets that the installation names are there",
    help: "Their names alone are read, never what is in them.",
    rights: [look.secrets],
    judge: ofEach(({ pullSecrets, name }, _, { hints }, { objects }) =>
      whenKnown({ pullSecrets, objects }, ({ pullSecrets: secrets, objects: all }) => {
        const isDeclared = (secret: string) =>
          all.some(
            ({ kind, metadata }) => kind === "Secret" && metadata.namespace === name && metadata.name === secret,
          );
        const missing = secrets
          .filter((secret) => !secret.exists && !isDeclared(secret.name))
          .map((secret) => secret.name);
        if (missing.length === 0) return fine(`${secrets.length} pull Secrets`);
        const fix = `Make it: ${hints.kubectl} create secret docker-registry ${missing[0]} -n ${name} --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD`;
        return wrong(
          `there is no Secret ${missing.join(", ")} in ${name}`,
          "imagePullSecrets of the installation",
          fix,
        );
      }),
    ),
  },
  {
    id: "storage-class",
    what: "the class of the claims that EdgeAgent makes is there",
    help: "`edgeAgent.volumes.storageClassName` names it; without it the cluster's default class counts.",
    rights: [look.storageClasses],
    judge: ofEach((_, declared, { hints }, { storageClasses }) =>
      whenKnown({ storageClasses }, (seen) => judgeStorageClass(declared, seen.storageClasses, hints.kubectl)),
    ),
  },
];

type JudgeNamespace = (
  namespace: NamespaceSeen,
  declared: DeclaredInstallation,
  seen: DeploymentSeen,
  stack: StackSeen,
) => Verdict | readonly Verdict[];

function ofEach(judge: JudgeNamespace) {
  return (seen: DeploymentSeen): readonly Verdict[] => {
    const { stack } = seen;
    if (stack === undefined || !stack.objects.known) return [];
    const declared = declaredInstallations(stack.objects.value);
    return declared.flatMap((one) => {
      const namespace = stack.namespaces.find(({ name }) => name === one.namespace);
      return namespace === undefined ? [] : judge(namespace, one, seen, stack);
    });
  };
}

/** Whether whoever admits pods may give them users: EdgeAgent's and modules' pods follow iotedged's. */
function namesNoUser(iotedged: DeclaredInstallation["iotedged"]): boolean {
  return iotedged.spec?.template?.spec?.securityContext?.runAsUser === undefined;
}

function judgePodSecurity(
  { namespace, manifest, settings }: DeclaredInstallation,
  labels: Readonly<Record<string, string>> | undefined,
  kubectl: string,
): Verdict {
  const enforced = labels?.[enforceLabel] as PodSecurityLevel | undefined;
  if (enforced === undefined || !levels.includes(enforced)) return fine(`${namespace} enforces no Pod Security level`);
  const profile =
    manifest === undefined || settings === undefined ? "restricted" : leastProfile(manifest, settings.modules);
  const needed = profile === undefined ? "privileged" : policyProfiles[profile].level;
  const evidence = `${enforceLabel}=${enforced}; the manifest needs ${needed}`;
  if (levels.indexOf(needed) >= levels.indexOf(enforced)) return fine(`${namespace} takes the pods`, evidence);
  const fix = `Ask for less in the manifest, or let the namespace have it: ${kubectl} label --overwrite namespace ${namespace} ${enforceLabel}=${needed}`;
  return wrong(`${namespace} enforces Pod Security level ${enforced}, and modules need ${needed}`, evidence, fix);
}

const defaultClass = "storageclass.kubernetes.io/is-default-class";

function judgeStorageClass(
  { namespace, settings }: DeclaredInstallation,
  classes: readonly {
    readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  }[],
  kubectl: string,
): Verdict {
  const { create = false, storageClassName } = settings?.modules?.volumes ?? {};
  if (!create) return fine(`${namespace}: EdgeAgent makes no claims`);
  const names = classes.map(({ metadata }) => metadata.name);
  const evidence = `classes: ${names.join(", ") || "none"}`;
  if (storageClassName !== undefined) {
    if (names.includes(storageClassName)) return fine(`${namespace}: class ${storageClassName} is there`, evidence);
    const fix = `Name one of the cluster's in edgeAgent.volumes.storageClassName: ${kubectl} get storageclasses`;
    return wrong(`${namespace}: there is no storage class ${storageClassName}`, evidence, fix);
  }
  if (classes.some(({ metadata }) => metadata.annotations?.[defaultClass] === "true")) {
    return fine(`${namespace}: the cluster has a default class`, evidence);
  }
  const fix = `Name one in edgeAgent.volumes.storageClassName, or make one the default: ${kubectl} get storageclasses`;
  return wrong(`${namespace}: the cluster has no default storage class, and the stack names none`, evidence, fix);
}
