import { checkSchema, formatProblems, isJsonObject, isNestedDeeper, type Problem } from "#base";
import { rbacErrors } from "../errors.ts";
import type { PermissionRule } from "../risk/rule.ts";
import { RuleSet } from "../risk/rule-set.ts";
import { checkRulesFile } from "./check-rules-file.ts";
import { type PlacedDocument, readPlaced } from "./places.ts";
import { type RulesFile, RulesFileSchema, type WrittenGrant, type WrittenRule } from "./schema.ts";

const maxDepth = 10;

/**
 * Reads what somebody wants to be different about the rules, in YAML or JSON.
 *
 * @throws EDGE_RBAC_SYNTAX with line and column, EDGE_RBAC_RULES_INVALID with all problems and where they are
 */
export function readRulesFile(text: string, file: string): RuleSet {
  const document = readPlaced(text);
  if ("problem" in document) throw rbacErrors.EDGE_RBAC_SYNTAX({ file, ...document });
  const { content } = document;
  const values = content === null ? {} : content;
  if (!isJsonObject(values) || isNestedDeeper(values, maxDepth)) throw invalid([noMap], document, file);
  const schemaProblems = checkSchema(values, () => false, RulesFileSchema);
  if (schemaProblems.length > 0) throw invalid(schemaProblems, document, file);
  const written = values as RulesFile;
  const problems = checkRulesFile(written);
  if (problems.length > 0) throw invalid(problems, document, file);
  const { disabled = [], severities = {}, rules = [] } = written;
  return new RuleSet({
    disabled: new Set(disabled),
    severities: new Map(Object.entries(severities)),
    rules: rules.map(toRule),
  });
}

const noMap: Problem = {
  path: "the file",
  found: "holds no map of usual depth",
  allowed: "a map with keys among disabled, severities, rules",
  remedy: "Take the example in docs/rbac-diff.md, 'Rules of your own'.",
};

function invalid(problems: readonly Problem[], { placeOf }: PlacedDocument, file: string) {
  const placed = problems.map((problem) => {
    const { line, column } = placeOf(problem.path);
    return { ...problem, path: `${file}:${line}:${column}: ${problem.path}` };
  });
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return rbacErrors.EDGE_RBAC_RULES_INVALID({ file, count, problems: formatProblems(placed) });
}

function toRule({ namespaced, sensitiveNamespaces, cis, mitre, grants, ...rest }: WrittenRule): PermissionRule {
  return {
    ...rest,
    ...(namespaced === undefined ? {} : { namespaced }),
    ...(sensitiveNamespaces === undefined ? {} : { sensitiveNamespaces }),
    ...(cis === undefined ? {} : { cis }),
    ...(mitre === undefined ? {} : { mitre }),
    // Whoever names an object means it: a permission for this name alone is no lesser one.
    sensitiveNames: grants.flatMap(({ resourceNames = [] }) => resourceNames),
    grants: grants.map(toGrant),
  };
}

function toGrant({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs }: WrittenGrant) {
  if (nonResourceURLs !== undefined) return { verbs, nonResourceURLs };
  return { verbs, apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }) };
}
