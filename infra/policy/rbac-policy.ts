import type { StackValidationPolicy } from "@pulumi/policy";
import {
  assess,
  builtinObjects,
  Collector,
  describePermission,
  type Finding,
  indexPower,
  indexState,
  isSeverity,
  type Severity,
  severities,
  severityRank,
} from "../rbac/index.ts";
import { kubernetesObject, type PlannedResource, plannedResources } from "./plan.ts";

interface RbacConfig {
  readonly minimumSeverity?: string;
  readonly ignore?: readonly string[];
}

/** The rules of `edgectl rbac lint`, at the time of `pulumi preview` and `pulumi up`. */
export const rbacPolicy: StackValidationPolicy = {
  name: "rbac-risks",
  description:
    "Nobody gets permissions that lead to more permissions than are meant, and installations keep to themselves.",
  severity: "high",
  configSchema: {
    properties: {
      minimumSeverity: { type: "string", enum: [...severities], default: "high" },
      ignore: { type: "array", items: { type: "string" }, default: [] },
    },
  },
  validateStack: ({ resources, getConfig }, report) => {
    const { minimumSeverity, ignore } = getConfig<RbacConfig>();
    const minimum: Severity = minimumSeverity !== undefined && isSeverity(minimumSeverity) ? minimumSeverity : "high";
    for (const finding of rbacFindings(plannedResources(resources))) {
      if (severityRank(finding.severity) < severityRank(minimum) || ignore?.includes(finding.rule.id)) continue;
      report(messageOf(finding), finding.origin.urn);
    }
  },
};

/** What the rules find in a stack, cluster by cluster. */
export function rbacFindings(resources: readonly PlannedResource[]): Finding[] {
  const collectors = new Map<string, Collector>();
  for (const resource of resources) {
    const object = kubernetesObject(resource);
    if (object === undefined) continue;
    const collector = collectors.get(resource.provider) ?? new Collector({ cluster: resource.provider });
    collectors.set(resource.provider, collector);
    collector.add(object, { origin: { urn: resource.urn }, identity: resource.urn });
  }
  return [...collectors.values()].flatMap((collector) =>
    assess(indexPower(indexState(collector.objects(), builtinObjects()))),
  );
}

function messageOf({ severity, rule, about, scope, permissions, reach }: Finding): string {
  const where = scope === "" ? "everywhere" : `in ${scope}`;
  const what =
    permissions.length === 0 ? "" : ` (${permissions.slice(0, 6).map(describePermission).join(", ")} ${where})`;
  const steps = reach?.steps.flatMap(({ by, to }) => [by, to]).filter((step) => step !== "");
  const way = reach === undefined ? "" : ` It leads to: ${[about, ...(steps ?? []), reach.power].join(" -> ")}.`;
  return `${severity} ${rule.id}: ${about}: ${rule.title}${what}.${way} ${rule.why} Fix: ${rule.fix} ${rule.source}`;
}
