import { every, literal, some } from "./cel.ts";
import { type Rule, takenNames } from "./rule.ts";

/** Whether the request is about a pod, and not about what pods are made from. */
export const isPod = 'request.resource.resource == "pods"';

/** Whom a module may run as. `params` is one of the ServiceAccounts of the namespace that EdgeAgent has not made. */
export function accountRules(): readonly Rule[] {
  const accountOf = (spec: string) => `(has(${spec}.serviceAccountName) ? ${spec}.serviceAccountName : "")`;
  const template = accountOf("dyn(object).spec.template.spec");
  const name = "dyn(object).metadata.name";
  // Who runs as another than its own name says, or has a daemon's, is refused by what EdgeAgent may write: of two refusals
  // at once nobody could say which one is told.
  const isOwn = every([`${template} == ${name}`, `!(${name} in ${literal(takenNames)})`]);
  const isOther = some([`!(${isOwn})`, `${template} != params.metadata.name`]);
  return [
    {
      expression: `${isPod} ? ${accountOf("dyn(object).spec")} != params.metadata.name : (${isOther})`,
      message: "a module runs as no ServiceAccount but one that EdgeAgent has made",
    },
  ];
}
