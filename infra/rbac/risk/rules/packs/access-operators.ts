import { accessKinds, resourcesOf } from "../../../model/access-kinds.ts";
import { on, type PermissionRule, pages, type RiskyGrant, write } from "../../rule.ts";

const pack = "Operators that bring access";

const grantsOf = (severity: "critical" | "high"): RiskyGrant[] =>
  accessKinds
    .filter(({ writing = "high" }) => writing === severity)
    .map((kinds) => on(kinds.group, resourcesOf(kinds), write));

/** The kinds for which a source is not resolved when they stand in it: who writes them brings the same. */
export const accessOperatorRules: readonly PermissionRule[] = [
  {
    id: "admin-operators-write",
    pack,
    title: "writing what an operator with all rights makes access of",
    severity: "critical",
    namespaced: "high",
    why: "The operator makes what such an object says, roles and bindings too, with rights of its own, not the writer's.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Leave these objects to the deployment pipeline, or limit the operator's own rights.",
    mitre: ["T1098.006", "T1610"],
    grants: grantsOf("critical"),
  },
  {
    id: "access-operators-write",
    pack,
    title: "writing what an operator makes access of",
    severity: "high",
    namespaced: "high",
    why: "The operator may make roles, bindings or pods of such an object that its writer is not allowed to make.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Leave these objects to the deployment pipeline, or limit the operator's own rights.",
    mitre: ["T1098.006"],
    grants: grantsOf("high"),
  },
];
