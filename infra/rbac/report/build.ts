import { builtinObjects } from "../builtin/builtin-objects.ts";
import type { BuiltinVersion } from "../builtin/versions.ts";
import { type ClusterDiff, diffStates } from "../diff/diff.ts";
import { applyTo } from "../model/apply.ts";
import type { ClusterObjects } from "../model/objects.ts";
import { describePermission } from "../model/permission.ts";
import { indexPower } from "../model/power.ts";
import { indexState, type RbacState } from "../model/state.ts";
import type { Subject } from "../model/subject.ts";
import { assess } from "../risk/assess.ts";
import { findBoundElsewhere } from "../risk/bound-elsewhere.ts";
import type { Finding } from "../risk/finding.ts";
import { attribute } from "../risk/introduced.ts";
import type { RuleSet } from "../risk/rule-set.ts";
import type { Severity } from "../risk/severity.ts";
import { noObjects, type Source } from "../source/source.ts";
import { type Baseline, noBaseline } from "./baseline.ts";
import { groupChanges } from "./group-changes.ts";
import { groupFindings } from "./group-findings.ts";
import type { Report } from "./model.ts";
import { diffVerdict, lintVerdict } from "./verdict.ts";
import { type Waivers, waives } from "./waivers.ts";

export interface ReportOptions {
  /** Findings from this severity on put the report over the threshold. Undefined: none does. */
  readonly failOn?: Severity;
  /** Whose built-in roles count, where the source is no whole cluster. @default 1.36 */
  readonly kubernetes?: BuiltinVersion;
  /** @default no waivers */
  readonly waivers?: Waivers;
  /** Findings that are known already. @default none */
  readonly baseline?: Baseline;
  /** @default the rules as they are */
  readonly rules?: RuleSet;
  /** Whom the report is about; everybody counts for where permissions lead. @default everybody */
  readonly about?: (subject: Subject) => boolean;
}

const noWaivers: Waivers = { active: [], expired: [] };

/** Compares two sources, cluster by cluster. */
export function buildDiff(base: Source, head: Source, options: ReportOptions = {}): Report {
  const pairs = pairClusters(base, head, builtinObjects(options.kubernetes));
  const diffs = pairs
    .map(({ before, after }) => diffStates(before, after))
    .map((diff) => (options.about === undefined ? diff : onlyAbout(diff, options.about)));
  const judged = pairs.map(({ before, after }) => {
    const index = indexPower(before);
    return attribute(index, assess(index, options.rules), assess(indexPower(after), options.rules));
  });
  const elsewhere = pairs.flatMap(({ before, after }, at) => {
    const changed = (diffs[at]?.latent ?? []).map(({ role }) => role);
    return findBoundElsewhere(before, after, changed, options.rules);
  });
  const isMeant = ({ subject }: Finding) =>
    options.about === undefined || (subject !== undefined && options.about(subject));
  const introduced = new Set([...judged.flatMap((one) => [...one.introduced]), ...elsewhere]);
  const parts = {
    ...commonParts([...judged.flatMap(({ findings }) => findings), ...elsewhere].filter(isMeant), introduced, options),
    changes: groupChanges(diffs),
    ...listParts(diffs),
  };
  const verdict = diffVerdict(parts, pairs.length, options.failOn);
  return { version: 1, kind: "diff", base: base.title, head: head.title, verdict, ...parts };
}

/** What nobody holds is about nobody. */
function onlyAbout(diff: ClusterDiff, about: (subject: Subject) => boolean): ClusterDiff {
  return { ...diff, latent: [], retargeted: [], subjects: diff.subjects.filter(({ subject }) => about(subject)) };
}

/** Judges one source as it is. */
export function buildLint(source: Source, options: ReportOptions = {}): Report {
  const states = source.clusters.map((objects) => indexState(objects, builtinObjects(options.kubernetes)));
  const findings = states.flatMap((state) => assess(indexPower(state), options.rules));
  const unresolved = states.flatMap(({ cluster, unresolved }) =>
    unresolved.map(({ identity: _, content: __, ...one }) => ({ cluster, side: "head" as const, ...one })),
  );
  const parts = { ...commonParts(findings, new Set(), options), changes: [], retargeted: [], latent: [], unresolved };
  const verdict = lintVerdict(parts, options.failOn);
  return { version: 1, kind: "lint", base: null, head: source.title, verdict, ...parts };
}

function commonParts(findings: readonly Finding[], introduced: ReadonlySet<Finding>, options: ReportOptions) {
  const { active, expired } = options.waivers ?? noWaivers;
  return {
    findings: groupFindings(findings, {
      introduced,
      baseline: options.baseline ?? noBaseline,
      waiverOf: (finding) => active.find((waiver) => waives(waiver, finding)),
    }),
    expiredWaivers: expired.map(
      ({ rule, subject, owner, expires }) => `${rule} of ${subject}, by ${owner} until ${expires}`,
    ),
  };
}

function listParts(diffs: readonly ClusterDiff[]): Pick<Report, "retargeted" | "latent" | "unresolved"> {
  return {
    retargeted: diffs.flatMap(({ cluster, retargeted }) =>
      retargeted.map(({ subjects, ...one }) => ({ cluster, ...one, withoutAccess: [...subjects] })),
    ),
    latent: diffs.flatMap(({ cluster, latent }) =>
      latent.map((one) => ({
        cluster,
        ...one,
        gained: one.gained.map(describePermission),
        lost: one.lost.map(describePermission),
      })),
    ),
    unresolved: diffs.flatMap(({ cluster, unresolved }) =>
      unresolved.map(({ identity: _, content: __, ...one }) => ({ cluster, ...one })),
    ),
  };
}

interface Pair {
  readonly before: RbacState;
  readonly after: RbacState;
}

/**
 * What is no whole cluster is compared with one as if it were applied to it: what else the cluster has stays as it is, and
 * is no change. Aggregation is then worked out on both sides.
 */
function pairOf(base: ClusterObjects, head: ClusterObjects | undefined, builtin: ClusterObjects): Pair {
  if (head === undefined || !base.complete || head.complete) {
    const after = head ?? noObjects(base.cluster);
    return { before: indexState(base, builtin), after: indexState(after, builtin) };
  }
  const planned = { planned: true };
  return {
    before: indexState(base, builtin, planned),
    after: { ...indexState(applyTo(base, head), builtin, planned), cluster: head.cluster },
  };
}

/** A source of one cluster is compared with a source of one cluster, whatever they call it. */
function pairClusters(base: Source, head: Source, builtin: ClusterObjects): Pair[] {
  const [oldOnly, newOnly] = [base.clusters, head.clusters];
  if (oldOnly.length <= 1 && newOnly.length <= 1) {
    const before = oldOnly[0] ?? noObjects(newOnly[0]?.cluster);
    return oldOnly.length + newOnly.length === 0 ? [] : [pairOf(before, newOnly[0], builtin)];
  }
  const names = new Set([...oldOnly, ...newOnly].map(({ cluster }) => cluster));
  return [...names].sort().map((cluster) => {
    const find = (source: Source) => source.clusters.find((one) => one.cluster === cluster);
    return pairOf(find(base) ?? noObjects(cluster), find(head), builtin);
  });
}
