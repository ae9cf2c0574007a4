import type { V1PodSecurityContext } from "@kubernetes/client-node";
import type { ModulePolicy } from "#contract";
import { checkSchema } from "./check-schema.ts";
import type { KubernetesExtensions } from "./kubernetes-extensions.ts";
import { SysctlsSchema } from "./kubernetes-schemas.ts";
import { limits } from "./limits.ts";
import { type Field, type ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";
import { refuseRootGroup } from "./user.ts";

/** What the pod's security context has besides the hardened defaults: groups and safe sysctls. */
export function readPodSecurity(
  host: ObjectReader | undefined,
  { security, securityPath }: KubernetesExtensions,
  policy: ModulePolicy,
  problems: Problems,
): V1PodSecurityContext {
  const { fsGroup, fsGroupChangePolicy } = security;
  const named = [
    ...(fsGroup === undefined ? [] : [{ path: pathOf(securityPath, "fsGroup"), gid: fsGroup }]),
    ...(security.supplementalGroups ?? []).map((gid) => ({ path: pathOf(securityPath, "supplementalGroups"), gid })),
  ];
  const added = readGroups(host, problems);
  for (const group of [...named, ...added]) refuseRootGroup(group, policy, problems);
  const groups = new Set([...(security.supplementalGroups ?? []), ...added.map(({ gid }) => gid)]);
  const sysctls = [...(security.sysctls ?? []), ...readSysctls(host, problems)];
  return {
    ...(fsGroup === undefined ? {} : { fsGroup }),
    ...(fsGroupChangePolicy === undefined ? {} : { fsGroupChangePolicy }),
    ...(groups.size === 0 ? {} : { supplementalGroups: [...groups] }),
    ...(sysctls.length === 0 ? {} : { sysctls }),
  };
}

/** A group, and where the manifest names it. */
interface Group {
  readonly path: string;
  readonly gid: number;
}

function readGroups(host: ObjectReader | undefined, problems: Problems): readonly Group[] {
  return (host?.list("GroupAdd", limits.hostEntries) ?? []).flatMap((field) => readGroup(field, problems));
}

function readGroup(field: Field, problems: Problems): readonly Group[] {
  const text = textOf(field, problems) ?? "";
  if (/^\d{1,9}$/.test(text)) return [{ path: field.path, gid: Number(text) }];
  problems.error(field.path, `${shown(field.value)} is not a numeric group`, 'Write its number: "1000".');
  return [];
}

function readSysctls(host: ObjectReader | undefined, problems: Problems) {
  const field = host?.take("Sysctls");
  if (field === undefined || typeof field.value !== "object" || field.value === null) return [];
  const list = Object.entries(field.value).map(([name, value]) => ({ name, value }));
  return checkSchema(SysctlsSchema, { path: field.path, value: list }, problems) ?? [];
}
