import type { V1SecurityContext, V1Volume } from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { Workload } from "./workload.ts";

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
    ...(pod?.securityContext?.sysctls ?? []).map(({ name }) => `sysctl ${name}`),
  ];
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

function relaxedVolume({ hostPath }: Wire<V1Volume>): readonly string[] {
  return hostPath === undefined ? [] : [`path ${hostPath.path} of the node`];
}
