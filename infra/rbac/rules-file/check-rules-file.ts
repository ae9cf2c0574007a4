import { formatPath, formatValue, nearest, type Path, type Problem } from "#base";
import { checks } from "../risk/checks.ts";
import { permissionRules, retiredRuleIds } from "../risk/permission-rules.ts";
import type { RulesFile, WrittenGrant } from "./schema.ts";

/** Rules that nobody may switch off: what cannot be read is never "no permission". */
const indispensable: ReadonlySet<string> = new Set(["unresolved"]);

/** What the schema cannot say. */
export function checkRulesFile({ disabled = [], severities = {}, rules = [] }: RulesFile): readonly Problem[] {
  const ids = [...permissionRules, ...checks, ...rules].map(({ id }) => id);
  return [
    ...disabled.flatMap((id, index) => [
      ...unknownId(id, ["disabled", index], ids),
      ...(indispensable.has(id) ? [cannotBeDisabled(id, ["disabled", index])] : []),
    ]),
    ...Object.keys(severities).flatMap((id) => unknownId(id, ["severities", id], ids)),
    ...rules.flatMap(({ id }, index) => repeatedId(id, index, rules)),
    ...rules.flatMap(({ grants }, index) =>
      grants.flatMap((grant, place) => grantProblems(grant, ["rules", index, "grants", place])),
    ),
  ];
}

function unknownId(id: string, path: Path, ids: readonly string[]): readonly Problem[] {
  if (ids.includes(id)) return [];
  const retired = retiredRuleIds.includes(id);
  const meant = nearest(id, ids);
  return [
    {
      path: formatPath(path),
      found: retired ? `is ${formatValue(id)}, a rule that is gone` : `is ${formatValue(id)}`,
      allowed: "the id of a rule, as docs/rbac-rules.md lists them",
      remedy: meant === undefined || retired ? "Remove it." : `Did you mean ${meant}?`,
    },
  ];
}

function cannotBeDisabled(id: string, path: Path): Problem {
  return {
    path: formatPath(path),
    found: `is ${formatValue(id)}`,
    allowed: "a rule about what is known",
    remedy: "Remove it; a waiver can answer for single objects until a date.",
  };
}

function repeatedId(id: string, index: number, rules: NonNullable<RulesFile["rules"]>): readonly Problem[] {
  const first = rules.findIndex((rule) => rule.id === id);
  if (first === index) return [];
  return [
    {
      path: formatPath(["rules", index, "id"]),
      found: `is ${formatValue(id)}, as in rules[${first}]`,
      allowed: "unique",
      remedy: "Give one of the two another id.",
    },
  ];
}

/** As in a rule of a role: resources of groups, or paths. */
function grantProblems(
  { apiGroups, resources, resourceNames, nonResourceURLs }: WrittenGrant,
  path: Path,
): readonly Problem[] {
  if (nonResourceURLs === undefined) {
    const missing = [apiGroups === undefined ? ["apiGroups"] : [], resources === undefined ? ["resources"] : []].flat();
    return missing.map((key) => ({
      path: formatPath([...path, key]),
      found: "is missing",
      allowed: "a list, as in a rule of a role",
      remedy: key === "apiGroups" ? 'Add it; [""] is the core group.' : "Add it, or write nonResourceURLs.",
    }));
  }
  const beside = Object.entries({ apiGroups, resources, resourceNames }).filter(([, value]) => value !== undefined);
  return beside.map(([key]) => ({
    path: formatPath([...path, key]),
    found: "stands beside nonResourceURLs",
    allowed: "in a grant of its own",
    remedy: "Make two grants of it.",
  }));
}
