import type { V1PodSecurityContext } from "@kubernetes/client-node";
import type { ModuleSettings } from "#contract";
import type { KubernetesExtensions } from "./kubernetes-extensions.ts";
import { safeSysctls } from "./kubernetes-schemas.ts";
import { limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import type { PodOptions } from "./module-options.ts";
import type { Privileges } from "./namespace-border.ts";
import { numberOf } from "./numbers.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";
import { refuseGroup, refuseRootGroup } from "./user.ts";

/** What the pod's security context has besides the hardened defaults: groups and safe sysctls. */
export function readPodSecurity(
  host: ObjectReader | undefined,
  { security, securityPath }: KubernetesExtensions,
  { policy, groupNumbers = {} }: ModuleSettings,
  problems: Problems,
): V1PodSecurityContext {
  const { fsGroup, fsGroupChangePolicy } = security;
  const named = [
    ...(fsGroup === undefined ? [] : [{ path: pathOf(securityPath, "fsGroup"), gid: fsGroup }]),
    ...(security.supplementalGroups ?? []).map((gid) => ({ path: pathOf(securityPath, "supplementalGroups"), gid })),
  ];
  const added = readGroups(host, groupNumbers, problems);
  for (const group of [...named, ...added]) refuseRootGroup(group, policy, problems);
  const groups = new Set([...(security.supplementalGroups ?? []), ...added.map(({ gid }) => gid)]);
  const sysctls = sysctlsOf(
    security.sysctls ?? [],
    pathOf(securityPath, "sysctls"),
    readSysctls(host, problems),
    problems,
  );
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

type Numbers = Readonly<Record<string, number>>;

function readGroups(host: ObjectReader | undefined, known: Numbers, problems: Problems): readonly Group[] {
  return (host?.list("GroupAdd", limits.hostEntries) ?? []).flatMap((field) => readGroup(field, known, problems));
}

function readGroup(field: Field, known: Numbers, problems: Problems): readonly Group[] {
  const group = textOf(field, problems) ?? "";
  const gid = numberOf(group, known);
  if (gid !== undefined) return [{ path: field.path, gid }];
  refuseGroup(field.path, group, problems);
  return [];
}

/** Docker's `Sysctls`: values by their names. */
function readSysctls(host: ObjectReader | undefined, problems: Problems): readonly Sysctl[] {
  const field = host?.take("Sysctls");
  const reader = field && ObjectReader.open(field, problems, { limit: limits.kubernetesEntries });
  return (reader?.entries() ?? []).flatMap(([name, entry]) => {
    if (!(safeSysctls as readonly string[]).includes(name)) {
      problems.error(
        entry.path,
        say`${shown(name)} is none of the sysctls that Kubernetes calls safe: ${fixed(safeSysctls.join(", "))}`,
        "Remove it, and set it on the node.",
      );
      return [];
    }
    const value = textOf(entry, problems);
    return value === undefined ? [] : [{ name, value }];
  });
}

interface Sysctl {
  readonly name: string;
  readonly value: string;
}

/** Those of both places, each once: the API server takes none twice, and of two values one would not count. */
function sysctlsOf(own: readonly Sysctl[], path: string, docker: readonly Sysctl[], problems: Problems): Sysctl[] {
  const found = new Map(docker.map((one) => [one.name, one]));
  const written = new Set<string>();
  for (const [index, one] of own.entries()) {
    if (written.has(one.name) || (found.get(one.name)?.value ?? one.value) !== one.value) {
      problems.error(pathOf(path, index), say`sets ${one.name} a second time`, "Keep one of the two.");
    }
    written.add(one.name);
    found.set(one.name, one);
  }
  return [...found.values()];
}

/** Settings of a namespace that the pod shares with its node are the node's: the API server refuses the pod. */
const namespaceOf = [
  { prefix: /^net[.]/, field: "hostNetwork" },
  { prefix: /^kernel[.]shm/, field: "hostIpc" },
] as const;

/** Refuses sysctls of what the module has in common with its node. */
export function refuseNodeSysctls(
  { path, pod, privileges }: { readonly path: string; readonly pod: PodOptions; readonly privileges: Privileges },
  problems: Problems,
): void {
  for (const { name } of pod.securityContext.sysctls ?? []) {
    const shared = namespaceOf.find(({ prefix, field }) => privileges[field] && prefix.test(name));
    if (shared === undefined) continue;
    const message = say`${shown(name)} would be set for the whole node, whose ${fixed(words[shared.field])} the module has`;
    problems.error(pathOf(path, "Sysctls"), message, "Remove it, and set it on the node.");
  }
}

const words = { hostNetwork: "network", hostIpc: "shared memory" } as const;
