/**
 * Reads who may do what, from programs, manifests, previews and clusters; compares it, judges it, answers questions.
 *
 * @module
 */
export { builtinObjects } from "./builtin/builtin-objects.ts";
export { addRbac } from "./cli/program.ts";
export { Collector } from "./collect/collector.ts";
export { describePermission } from "./model/permission.ts";
export { indexPower } from "./model/power.ts";
export { indexState } from "./model/state.ts";
export { toSvg } from "./output/graph.ts";
export { reachText } from "./output/wording.ts";
export { buildDiff, type ReportOptions } from "./report/build.ts";
export { livePermissions } from "./report/live-permissions.ts";
export type { FindingEntry, Report } from "./report/model.ts";
export { relative } from "./report/relative.ts";
export { assess } from "./risk/assess.ts";
export type { Finding } from "./risk/finding.ts";
export { isSeverity, type Severity, severities, severityRank } from "./risk/severity.ts";
export { checkOut, type Worktree } from "./source/git-worktree.ts";
export type { Source } from "./source/source.ts";
