import type { LiveObject } from "../../kubernetes/index.ts";
import { doubtful, fine, firstOf, type Judgement, wrong } from "../model/verdict.ts";
import { quantityOf } from "./quantity.ts";

interface Container {
  readonly name: string;
  readonly count: number;
  readonly requests?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Readonly<Record<string, string>> | undefined;
}

/** Pods and containers that have to find room. */
export interface Wanted {
  readonly pods: number;
  readonly containers: readonly Container[];
}

/** What a quota counts, by its name. */
const counted: Readonly<Record<string, readonly ["requests" | "limits", string]>> = {
  cpu: ["requests", "cpu"],
  memory: ["requests", "memory"],
  "requests.cpu": ["requests", "cpu"],
  "requests.memory": ["requests", "memory"],
  "limits.cpu": ["limits", "cpu"],
  "limits.memory": ["limits", "memory"],
};

/**
 * Whether quotas leave room for the pods. Quotas with scopes count pods of another kind, and are left out.
 *
 * @param deployed whether these pods are there already, and counted in what is used
 */
export function judgeQuota(
  namespace: string,
  quotas: readonly LiveObject[],
  limitRanges: readonly LiveObject[],
  wanted: Wanted,
  deployed: boolean,
  kubectl: string,
): Judgement {
  const all = quotas.filter(({ spec }) => spec?.scopes === undefined && spec?.scopeSelector === undefined);
  if (all.length === 0) return fine(`${namespace} has no quota for all pods`);
  const unset = all.flatMap((quota) => unsetBy(quota, limitRanges, wanted));
  const see = `${kubectl} describe resourcequota -n ${namespace}`;
  if (unset.length > 0) {
    const fix = `Set resources of iotedged, edgeAgent and proxy in the stack, or give the namespace a LimitRange with defaults: ${see}`;
    return wrong(`a quota of ${namespace} refuses containers that do not say what they take`, firstOf(unset), fix);
  }
  if (deployed) return fine(`${namespace} is deployed, and counted in what is used`);
  const short = all.flatMap((quota) => shortOf(quota, wanted));
  if (short.length > 0)
    return wrong(`the quota of ${namespace} leaves too little room`, firstOf(short), `Raise it: ${see}`);
  const closeTo = all.flatMap((quota) => shortOf(quota, twice(wanted)));
  if (closeTo.length === 0) return fine(`the quotas of ${namespace} leave room`);
  return doubtful(
    `the quota of ${namespace} leaves little room for modules`,
    firstOf(closeTo),
    `See what they take, and raise it: ${see}`,
  );
}

const twice = ({ pods, containers }: Wanted): Wanted => ({
  pods: pods * 2,
  containers: containers.map((one) => ({ ...one, count: one.count * 2 })),
});

function shortOf({ metadata, spec, status }: LiveObject, wanted: Wanted): readonly string[] {
  const hard: Readonly<Record<string, string>> = spec?.hard ?? {};
  return Object.entries(hard).flatMap(([name, limit]) => {
    const left = (quantityOf(limit) ?? 0) - (quantityOf(status?.used?.[name] ?? "0") ?? 0);
    const needed = neededOf(name, wanted);
    if (needed === undefined || needed <= left) return [];
    return [`ResourceQuota ${metadata.name}: ${name} has ${left} left, and at least ${needed} is needed`];
  });
}

function neededOf(name: string, { pods, containers }: Wanted): number | undefined {
  if (name === "pods" || name === "count/pods") return pods;
  const [kind, resource] = counted[name] ?? [];
  if (kind === undefined || resource === undefined) return undefined;
  return containers.reduce((sum, one) => sum + one.count * (quantityOf(one[kind]?.[resource] ?? "0") ?? 0), 0);
}

/** Containers that lack what a quota counts, and get it from no LimitRange. */
function unsetBy({ metadata, spec }: LiveObject, limitRanges: readonly LiveObject[], { containers }: Wanted) {
  return Object.keys(spec?.hard ?? {}).flatMap((name) => {
    const [kind, resource] = counted[name] ?? [];
    if (kind === undefined || resource === undefined || hasDefault(limitRanges, kind, resource)) return [];
    // A limit is a request, too, where there is no other.
    const isSet = (one: Container) =>
      one[kind]?.[resource] !== undefined || (kind === "requests" && one.limits?.[resource] !== undefined);
    return containers
      .filter((one) => !isSet(one))
      .map((one) => `ResourceQuota ${metadata.name} counts ${name}, and container ${one.name} has none`);
  });
}

function hasDefault(limitRanges: readonly LiveObject[], kind: "requests" | "limits", resource: string): boolean {
  const items: readonly Readonly<Record<string, Readonly<Record<string, string>> | string | undefined>>[] =
    limitRanges.flatMap(({ spec }) => spec?.limits ?? []);
  const keys = kind === "limits" ? ["default"] : ["defaultRequest", "default"];
  return items.some(
    (item) =>
      item.type === "Container" &&
      keys.some((key) => (item[key] as Record<string, string> | undefined)?.[resource] !== undefined),
  );
}
