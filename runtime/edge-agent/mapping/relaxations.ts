import type { V1PodSpec, V1SecurityContext, V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { annotations } from "#contract";
import { freeAnnotations, lostNodeTaints } from "#manifest";
import type { Workload } from "./workload.ts";

type Pod = Wire<V1PodSpec>;

/** What a module's pod is allowed beyond the hardened defaults: one short phrase each. */
export function relaxationsOf({ spec }: Workload): readonly string[] {
  const pod = spec?.template.spec;
  const { securityContext = {} } = pod ?? {};
  return [
    ...(pod?.hostNetwork ? ["network of the node"] : []),
    ...(pod?.hostPID ? ["processes of the node"] : []),
    ...(pod?.hostIPC ? ["shared memory of the node"] : []),
    ...(pod?.containers ?? []).flatMap(({ securityContext }) => relaxedSecurity(securityContext ?? {})),
    ...([securityContext.fsGroup, ...(securityContext.supplementalGroups ?? [])].includes(0) ? ["group of root"] : []),
    ...(pod?.volumes ?? []).flatMap(relaxedVolume),
    ...(pod?.runtimeClassName === undefined ? [] : [`RuntimeClass ${pod.runtimeClassName}`]),
    ...(pod?.containers ?? []).flatMap(({ resources }) => devicesIn(resources?.limits ?? {})),
    ...(pod?.resourceClaims ?? []).map(({ resourceClaimTemplateName }) => `device claim ${resourceClaimTemplateName}`),
    ...(pod?.securityContext?.sysctls ?? []).map(({ name }) => `sysctl ${name}`),
    ...(pod === undefined ? [] : [...portsOfNode(pod), ...placement(pod)]),
    ...openedAnnotations(spec?.template.metadata?.annotations ?? {}),
  ];
}

/** On the node's network all that it listens at is the node's: that is said already. */
function portsOfNode({ hostNetwork, containers }: Pod): readonly string[] {
  if (hostNetwork) return [];
  const ports = containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort || []));
  return [...new Set(ports)].map((port) => `port ${port} of the node`);
}

/** What the installation's own setting for lost nodes gives is no relaxation of the module's. */
function placement({ priorityClassName, tolerations = [] }: Pod): readonly string[] {
  const keys = tolerations.flatMap(({ key = "any" }) => (lostNodeTaints.includes(key) ? [] : key));
  return [
    ...(priorityClassName === undefined ? [] : [`PriorityClass ${priorityClassName}`]),
    ...[...new Set(keys)].map((key) => `nodes with taint ${key}`),
  ];
}

/** What has a domain may speak to somebody. */
function openedAnnotations(given: Readonly<Record<string, string>>): readonly string[] {
  const own: readonly string[] = [annotations.moduleId, annotations.moduleVersion];
  return Object.keys(given)
    .filter((key) => /[./]/.test(key) && !own.includes(key) && !freeAnnotations.some((free) => key.startsWith(free)))
    .map((key) => `annotation ${key}`);
}

function relaxedSecurity(security: V1SecurityContext): readonly string[] {
  const {
    privileged,
    runAsUser,
    runAsGroup,
    runAsNonRoot,
    readOnlyRootFilesystem,
    capabilities,
    allowPrivilegeEscalation,
  } = security;
  return [
    ...(privileged ? ["privileged container"] : []),
    ...(runAsUser === 0 ? ["root"] : []),
    ...(runAsUser !== 0 && runAsGroup === 0 ? ["group of root"] : []),
    ...(runAsUser === undefined && runAsNonRoot === false ? ["user of the image, root or not"] : []),
    ...(allowPrivilegeEscalation && !privileged ? ["escalation of privileges"] : []),
    ...(readOnlyRootFilesystem === false ? ["writable root file system"] : []),
    ...(capabilities?.add ?? []).map((name) => `capability ${name}`),
  ];
}

/** What device plugins offer is called by a domain. */
function devicesIn(limits: object): readonly string[] {
  return Object.keys(limits)
    .filter((name) => name.includes("/"))
    .map((name) => `device ${name}`);
}

function relaxedVolume({ hostPath }: Wire<V1Volume>): readonly string[] {
  return hostPath === undefined ? [] : [`path ${hostPath.path} of the node`];
}
