import { describePermission, type Permission } from "../model/permission.ts";
import { type Finding, fingerprintOf } from "../risk/finding.ts";
import { type Severity, severityRank } from "../risk/severity.ts";
import type { FindingEntry, Report } from "./model.ts";
import { namespaceOf, relative } from "./relative.ts";

/** What an earlier report says, as far as it covers findings. */
export interface Baseline {
  /**
   * Whether all of a finding was there: each of its permissions or a wider one, and as bad. A finding that got worse is a
   * new one, though it has the same fingerprint.
   */
  covers(finding: Finding): boolean;
}

export const noBaseline: Baseline = { covers: () => false };

interface Known {
  readonly severity: Severity;
  /** With `{namespace}` in it, as entries of several namespaces have them. */
  readonly permissions: ReadonlySet<string>;
  /** As well as the others, where a finding is no sum of single permissions: reports give those an entry of their own. */
  readonly all: ReadonlySet<string>;
}

export function baselineOf({ findings }: Pick<Report, "findings">): Baseline {
  const byFingerprint = Map.groupBy(findings.flatMap(knownOf), ({ fingerprint }) => fingerprint);
  return {
    covers(finding) {
      const known = byFingerprint.get(fingerprintOf(finding)) ?? [];
      const { evidence, severity, permissions } = finding;
      const isKnown = (at: Severity, wanted: readonly Permission[]) =>
        known.some(
          (one) =>
            severityRank(one.severity) >= severityRank(at) &&
            wanted.every((each) => isAmong(evidence.length === 0 ? one.all : one.permissions, finding, each)),
        );
      if (evidence.length === 0) return isKnown(severity, permissions);
      return evidence.every((one) => isKnown(one.severity, [one.permission]));
    },
  };
}

function knownOf({ severity, permissions, earlier, instances }: FindingEntry): (Known & { fingerprint: string })[] {
  return instances.map(({ fingerprint, about, scope }) => {
    const namespace = namespaceOf({ about, scope: scope === "*" ? "" : scope });
    const texts = (list: readonly string[]) => new Set(list.map((text) => relative(text, namespace)));
    const all = texts([...permissions, ...earlier]);
    return { fingerprint, severity: severity as Severity, permissions: texts(permissions), all };
  });
}

/** Reports hold permissions as text, so that all that may cover one are looked for. */
function isAmong(permissions: ReadonlySet<string>, finding: Finding, wanted: Permission): boolean {
  const isThere = (permission: Permission) =>
    permissions.has(relative(describePermission(permission), namespaceOf(finding)));
  if (isThere(wanted) || wanted.url !== "") return isThere(wanted);
  const { verb, group, resource, name } = wanted;
  const slash = resource.indexOf("/");
  const resources = slash < 0 ? [resource, "*"] : [resource, "*", `*${resource.slice(slash)}`];
  return [verb, "*"].some((v) =>
    [group, "*"].some((g) =>
      resources.some((r) => [name, ""].some((n) => isThere({ verb: v, group: g, resource: r, name: n, url: "" }))),
    ),
  );
}
