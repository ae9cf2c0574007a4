import { formatDuration } from "#base";
import type { ChangeGroup, Gate, PlannedWave, Run } from "../model/index.ts";
import { countOf, oneLine } from "../view/describe.ts";

const clustersShown = 8;
const marks = { create: "+", update: "~", replace: "±", delete: "-" } as const;

/** The plan for people: waves in their order, then each distinct change once. */
export function formatPlan({ fleet, git, plan }: Pick<Run, "fleet" | "git" | "plan">): string {
  const { waves, groups, unknown = [], unselected } = plan;
  const dirty = git.dirty ? " with changes that are not committed" : "";
  return [
    `Fleet ${fleet}: ${countOf(Object.keys(plan.clusters).length, "cluster")} in ${countOf(waves.length, "wave")}, revision ${git.revision.slice(0, 12)}${dirty}`,
    "",
    ...waves.flatMap(formatWave),
    ...groups.flatMap(formatGroup),
    ...unknown.map(({ cluster, outcome, failure }) => oneLine(`${cluster}: ${outcome}: ${failure.message}`)),
    ...(unselected.length === 0 ? [] : [`In no wave: ${some(unselected)}`]),
  ].join("\n");
}

function formatWave(wave: PlannedWave, index: number): readonly string[] {
  const { name, canary, clusters, maxConcurrency, maxFailures, bakeMs, before, after } = wave;
  const bake = bakeMs === 0 ? "no bake" : `bake ${formatDuration(bakeMs)}`;
  return [
    `Wave ${index + 1}: ${name}${canary ? " (canary)" : ""}, ${maxConcurrency} at a time, ${maxFailures} may fail, ${bake}`,
    ...before.map((gate) => `  before: ${describeGate(gate)}`),
    `  clusters: ${some(clusters)}`,
    ...after.map((gate) => `  after: ${describeGate(gate)}`),
    "",
  ];
}

function describeGate({ id, spec }: Gate): string {
  if (spec.kind !== "approval") return `${spec.kind} gate ${id}`;
  const who = spec.approvers.length === 0 ? "anybody" : spec.approvers.join(", ");
  return `approval gate ${id}, by ${who}`;
}

function formatGroup({ clusters, changes, rbac }: ChangeGroup): readonly string[] {
  const count = `${countOf(clusters.length, "cluster")} (${some(clusters)})`;
  if (changes.length === 0) return [`No change in ${count}`, ""];
  return [
    `${countOf(changes.length, "change")} in ${count}; permissions: ${rbac.text}`,
    ...changes.flatMap(({ operation, object, fields }) => [
      `  ${marks[operation]} ${oneLine(object)}`,
      ...fields.map((field) => `      ${oneLine(field)}`),
    ]),
    "",
  ];
}

function some(names: readonly string[]): string {
  if (names.length <= clustersShown) return names.join(", ");
  return `${names.slice(0, clustersShown).join(", ")} and ${names.length - clustersShown} more`;
}
