import type { Permission } from "../../model/permission.ts";
import { describeSubject, mastersGroup, type Subject, serviceAccountsGroup, subjectKey } from "../../model/subject.ts";
import {
  type Actions,
  actionsOf,
  actsAs,
  borrowed,
  type Mode,
  modes,
  rolesOfNode,
  rolesOfSubject,
} from "./constrained-impersonation.ts";
import { type HeldRole, heldIn } from "./holder.ts";
import { doing, type Question, type Step } from "./question.ts";

/** More than these are not told apart: what any of them may do counts then. */
const maxApart = 1000;
/** More actions than these would make a way unreadable. */
const maxTold = 3;

/** Whom constrained impersonation leads to: to what its second half allows as them. */
export function borrowedSteps(question: Question): Step[] {
  // Who is impersonated impersonates nobody else in the same request.
  if (question.holder.isBorrowed === true) return [];
  return (Object.keys(modes) as Mode[]).flatMap((mode) =>
    modes[mode].flatMap((resource) => {
      if (!actsAs(mode, resource)(question.permission)) return [];
      const actions = actionsOf(question.context.index, question.holder, mode);
      return actions.list.length === 0 ? [] : stepsAs[resource](question, actions);
    }),
  );
}

type Resource = (typeof modes)[Mode][number];

const stepsAs: Readonly<Record<Resource, (question: Question, actions: Actions) => Step[]>> = {
  serviceaccounts(question, actions) {
    const { context, permission, scope } = question;
    const { sets } = context;
    const by = told(question, actions);
    const { name } = permission;
    if (name !== "" && scope !== "")
      return [{ to: borrow(question, { kind: "ServiceAccount", namespace: scope, name }, actions), by }];
    const named = sets.subjectsOf("ServiceAccount").filter((one) => name === "" || one.name === name);
    const inScope = named.filter(({ namespace }) => scope === "" || namespace === scope);
    if (inScope.length > maxApart) return [{ to: sets.accounts(scope), by }];
    const groups = [serviceAccountsGroup, ...(scope === "" ? [] : [`${serviceAccountsGroup}:${scope}`])];
    const members = [...inScope, ...groups.map(group)];
    const key = `accounts ${JSON.stringify([scope, name])}`;
    return [{ to: borrowAny(question, key, members, actions, name === "" ? sets.accounts(scope) : undefined), by }];
  },

  users(question, actions) {
    const { context, permission, scope } = question;
    const { name } = permission;
    // ServiceAccounts and nodes have modes of their own.
    if (scope !== "" || /^system:(serviceaccount|node):/.test(name)) return [];
    const by = told(question, actions);
    if (name !== "") return [{ to: borrow(question, { kind: "User", namespace: "", name }, actions), by }];
    const members = context.sets.subjectsOf("User");
    if (members.length > maxApart) return [{ to: context.sets.users(), by }];
    return [{ to: borrowAny(question, "users", members, actions), by }];
  },

  groups(question, actions) {
    const { context, holder, permission, scope } = question;
    const user = scope === "" ? heldIn(context.index, holder, "", actsAs("user-info", "users")) : undefined;
    const { name } = permission;
    // The API server refuses it this one group in this mode.
    if (user === undefined || name === mastersGroup) return [];
    const by = told(question, actions, user);
    if (name !== "") return [{ to: borrow(question, group(name), actions), by }];
    const members = context.sets.subjectsOf("Group").filter((one) => one.name !== mastersGroup);
    if (members.length > maxApart) return [{ to: context.sets.groups(), by }];
    return [{ to: borrowAny(question, "groups", members, actions), by }];
  },

  nodes(question, actions) {
    if (question.scope !== "") return [];
    const { name } = question.permission;
    const label = name === "" || name === "*" ? "a node" : `node ${name}`;
    const roles = [...rolesOfNode, ...rolesOfSubject(question.context.index, group("system:nodes"))];
    const to = borrowRoles(question, `node ${name}`, label, roles, actions);
    return [{ to, by: told(question, actions) }];
  },
};

const group = (name: string): Subject => ({ kind: "Group", namespace: "", name });

/** Any one of them. */
function borrowAny(question: Question, name: string, members: readonly Subject[], actions: Actions, like?: number) {
  const borrowers = members.map((one) => () => borrow(question, one, actions));
  return question.context.setOf(`borrowed ${name} ${actions.key}`, borrowers, like);
}

function borrow(question: Question, subject: Subject, actions: Actions): number {
  const roles = rolesOfSubject(question.context.index, subject);
  const { state, powerOf } = question.context.index;
  const isKnown =
    subject.kind === "ServiceAccount" || state.objects.complete || powerOf(subjectKey(subject)) !== undefined;
  const doubt = isKnown ? undefined : `what ${describeSubject(subject)} may do, whom no binding of this input names`;
  return borrowRoles(question, subjectKey(subject), subject, roles, actions, doubt);
}

function borrowRoles(
  { context }: Question,
  key: string,
  who: Subject | string,
  roles: readonly HeldRole[],
  actions: Actions,
  doubt?: string,
): number {
  return context.borrowed(`as ${key} ${actions.key}`, who, () => borrowed(context.index, roles, actions), doubt);
}

/** Both halves, and what is left out. */
function told({ permission, scope }: Question, { list }: Actions, ...more: readonly Permission[]): string {
  const shown = list.slice(0, maxTold);
  const first = doing(scope, permission, ...more);
  const rest = [...Map.groupBy(shown, (action) => action.scope)].map(([place, actions]) =>
    doing(place, ...actions.map(({ granted }) => granted)),
  );
  const left = list.length - shown.length;
  return [first, ...rest, ...(left > 0 ? [`${left} more`] : [])].join(" and ");
}
