import type {
  V1LabelSelector,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1Toleration,
  V1TopologySpreadConstraint,
} from "@kubernetes/client-node";
import { nodeTermsOf, podTermsOf } from "./affinity-terms.ts";
import { fixed, say } from "./message.ts";
import type { PodOptions } from "./module-options.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

type Scheduling = Pick<PodOptions, "tolerations" | "affinity" | "topologySpreadConstraints">;

/**
 * Refuses what of `k8s-extensions` each field allows and the fields together do not, as the API server does.
 *
 * @param path of `k8s-extensions`
 */
export function checkScheduling(
  { tolerations = [], affinity = {}, topologySpreadConstraints = [] }: Scheduling,
  path: string,
  problems: Problems,
): void {
  for (const [index, toleration] of tolerations.entries()) {
    checkToleration(toleration, pathOf(pathOf(path, "tolerations"), index), problems);
  }
  const atAffinity = pathOf(path, "affinity");
  for (const { term, path: at } of nodeTermsOf(affinity, atAffinity)) checkNodeTerm(term, at, problems);
  for (const { term, path: at } of podTermsOf(affinity, atAffinity)) {
    checkLabels(term.labelSelector, pathOf(at, "labelSelector"), problems);
  }
  checkSpread(topologySpreadConstraints, pathOf(path, "topologySpreadConstraints"), problems);
}

function checkToleration(
  { operator, value, effect, tolerationSeconds }: V1Toleration,
  path: string,
  problems: Problems,
): void {
  if (operator === "Exists" && value) {
    problems.error(pathOf(path, "value"), "stands beside operator Exists", 'Remove it, or write "operator": "Equal".');
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    const message = "is for effect NoExecute alone";
    problems.error(pathOf(path, "tolerationSeconds"), message, 'Remove it, or write "effect": "NoExecute".');
  }
}

function checkSpread(constraints: readonly V1TopologySpreadConstraint[], path: string, problems: Problems): void {
  const known = new Set<string>();
  for (const [index, constraint] of constraints.entries()) {
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const at = pathOf(path, index);
    const kind = JSON.stringify([topologyKey, whenUnsatisfiable]);
    if (known.has(kind)) {
      const message = say`is a second one of ${shown(topologyKey)} and ${fixed(whenUnsatisfiable)}`;
      problems.error(at, message, "Keep one of the two.");
    }
    known.add(kind);
    if (minDomains !== undefined && whenUnsatisfiable !== "DoNotSchedule") {
      const message = say`stands beside whenUnsatisfiable ${fixed(whenUnsatisfiable)}`;
      problems.error(pathOf(at, "minDomains"), message, 'Remove it, or write "whenUnsatisfiable": "DoNotSchedule".');
    }
    checkLabels(labelSelector, pathOf(at, "labelSelector"), problems);
  }
}

function checkLabels(selector: V1LabelSelector | undefined, path: string, problems: Problems): void {
  for (const [index, expression] of (selector?.matchExpressions ?? []).entries()) {
    checkValues(expression, pathOf(pathOf(path, "matchExpressions"), index), problems);
  }
}

function checkNodeTerm(
  { matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm,
  path: string,
  problems: Problems,
) {
  for (const [index, expression] of matchExpressions.entries()) {
    checkValues(expression, pathOf(pathOf(path, "matchExpressions"), index), problems);
  }
  for (const [index, field] of matchFields.entries()) {
    checkNodeName(field, pathOf(pathOf(path, "matchFields"), index), problems);
  }
}

/** How many values an operator takes. */
function checkValues({ operator, values = [] }: V1NodeSelectorRequirement, path: string, problems: Problems): void {
  const at = pathOf(path, "values");
  const tell = (message: ReturnType<typeof say>) =>
    problems.error(at, message, "Write as many values as the operator takes.");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) tell(say`is empty, and operator ${fixed(operator)} takes at least one`);
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1) tell(say`has ${fixed(values.length)}, and operator ${fixed(operator)} takes one`);
  } else if (values.length > 0) tell(say`stands beside operator ${fixed(operator)}, which takes none`);
}

/** Of a node, its name alone is a field to choose by. */
function checkNodeName({ key, operator, values = [] }: V1NodeSelectorRequirement, path: string, problems: Problems) {
  const isRight = key === "metadata.name" && (operator === "In" || operator === "NotIn") && values.length === 1;
  if (isRight && isNodeName(values[0] ?? "")) return;
  problems.error(
    path,
    "chooses by what is no name of a node",
    'Write {"key": "metadata.name", "operator": "In", "values": ["node-1"]}.',
  );
}

function isNodeName(name: string): boolean {
  return /^(?!.*(?:\.\.|-\.|\.-))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name);
}
