import type { ChangeGroup, RbacVerdict, Run } from "../model/index.ts";
import { countOf, oneLine } from "../view/describe.ts";

/** GitHub takes 65 536 characters in a comment. */
const longest = 60_000;
const clustersShown = 20;
const changesShown = 100;
const fieldsShown = 8;

const marks = { create: "+", update: "~", replace: "±", delete: "-" } as const;
const signs: Readonly<Record<RbacVerdict["outcome"], string>> = {
  nothing: "",
  changes: "",
  undecided: " :warning:",
  "over-threshold": " :no_entry:",
};

/**
 * The plan as a comment for a pull request: which clusters would change, and how. docs/pipelines/comment.mjs finds its first
 * line again. What is longer than a comment may be is left out at the end, and said to be.
 */
export function planMarkdown({ fleet, git, plan }: Pick<Run, "fleet" | "git" | "plan">): string {
  const { groups, waves, unknown = [], unselected } = plan;
  const changing = groups.filter(({ changes }) => changes.length > 0);
  const same = groups.filter(({ changes }) => changes.length === 0).flatMap(({ clusters }) => clusters);
  const all = Object.keys(plan.clusters).length;
  const changed = changing.reduce((sum, { clusters }) => sum + clusters.length, 0);
  const head = [
    `<!-- edgectl-rollout:${fleet} -->`,
    `### Rollout of fleet ${fleet}: ${changed} of ${countOf(all, "cluster")} would change`,
    "",
    `Revision ${git.revision.slice(0, 12)}. Waves: ${waves.map(({ name, clusters }) => `${name} (${clusters.length})`).join(", ")}.`,
    "",
  ];
  const parts = [
    ...changing.map(groupPart),
    ...(unknown.length === 0 ? [] : [unknownPart(unknown)]),
    ...(same.length === 0 ? [] : [`No change in ${countOf(same.length, "cluster")}: ${code(some(same))}\n`]),
    ...(unselected.length === 0 ? [] : [`In no wave: ${code(some(unselected))}\n`]),
  ];
  return cut(head.join("\n"), parts);
}

function groupPart({ clusters, changes, rbac }: ChangeGroup): string {
  const lines = changes
    .slice(0, changesShown)
    .flatMap(({ operation, object, fields }) => [
      oneLine(`${marks[operation]} ${object}`),
      ...fields.slice(0, fieldsShown).map((field) => `    ${oneLine(field)}`),
      ...(fields.length > fieldsShown ? [`    and ${countOf(fields.length - fieldsShown, "more field")}`] : []),
    ]);
  if (changes.length > changesShown) lines.push(`and ${countOf(changes.length - changesShown, "more change")}`);
  return [
    "<details>",
    `<summary>${countOf(changes.length, "change")} in ${countOf(clusters.length, "cluster")}; permissions: ${escaped(rbac.text)}${signs[rbac.outcome]}</summary>`,
    "",
    code(some(clusters)),
    "",
    fenced(lines),
    "</details>",
    "",
  ].join("\n");
}

function unknownPart(unknown: NonNullable<Run["plan"]["unknown"]>): string {
  const lines = unknown.map(({ cluster, outcome, failure }) => oneLine(`${cluster}: ${outcome}: ${failure.message}`));
  return [`:warning: Not known of ${countOf(unknown.length, "cluster")}:`, "", fenced(lines), ""].join("\n");
}

function cut(head: string, parts: readonly string[]): string {
  let text = head;
  for (const [index, part] of parts.entries()) {
    const left = parts.length - index;
    if (text.length + part.length > longest) return `${text}_${countOf(left, "part")} left out: see the job's log._\n`;
    text += `${part}\n`;
  }
  return text;
}

function some(names: readonly string[]): string {
  const more = names.length - clustersShown;
  return `${names.slice(0, clustersShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Text of whoever has opened the pull request, which no fence of its own may end. */
function fenced(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${fence}diff`, ...lines, fence].join("\n");
}

/** Names of clusters have no character that means something here. */
function code(text: string): string {
  return `\`${text}\``;
}

function escaped(text: string): string {
  return oneLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "&#64;");
}
