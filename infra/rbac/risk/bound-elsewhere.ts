import { selects } from "../model/label-selector.ts";
import { type Binding, describeObject, type Role } from "../model/objects.ts";
import { indexPower } from "../model/power.ts";
import type { RbacState } from "../model/state.ts";
import { type Subject, subjectKey } from "../model/subject.ts";
import { assess } from "./assess.ts";
import type { Finding } from "./finding.ts";
import { attribute } from "./introduced.ts";
import type { RuleSet } from "./rule-set.ts";

/** The label by which roles are mostly added to others. */
const addsToAnother = /(?:^|\/)aggregate-to-/;

/**
 * What a change brings to those who are bound to a role where the source does not show it: in another repository, or by
 * hand. A role that is new is nobody's yet, unless it adds to another one that is not in the source either.
 *
 * @param changed roles that change while no binding of the source refers to them, as `describeObject` writes them
 */
export function findBoundElsewhere(
  before: RbacState,
  after: RbacState,
  changed: readonly string[],
  rules?: RuleSet,
): Finding[] {
  // Such a source has all bindings that there are.
  if (after.objects.complete) return [];
  const known = new Set(before.roles.map(describeObject));
  const wanted = new Set(changed);
  const roles = after.roles.filter((role) => {
    const name = describeObject(role);
    return wanted.has(name) && (known.has(name) || addsElsewhere(role, after));
  });
  if (roles.length === 0) return [];
  const holders = new Map(roles.map((role) => [subjectKey(holderOf(role)), role]));
  const [base, head] = [before, after].map((state) => withHolders(state, roles));
  if (base === undefined || head === undefined) return [];
  const index = indexPower(base);
  const { introduced } = attribute(index, assess(index, rules), assess(indexPower(head), rules));
  return [...introduced].flatMap((finding) => {
    const role = finding.subject && holders.get(subjectKey(finding.subject));
    if (role === undefined) return [];
    const { subject: _, ...rest } = finding;
    const name = describeObject(role);
    const about = known.has(name)
      ? `whoever is bound to ${name} elsewhere`
      : `whoever is bound elsewhere to what ${name} adds to`;
    return [{ ...rest, about, paths: [] }];
  });
}

function addsElsewhere(role: Role, { roles }: RbacState): boolean {
  if (!Object.keys(role.labels).some((label) => addsToAnother.test(label))) return false;
  return !roles.some(({ aggregation = [] }) => aggregation.some((selector) => selects(selector, role.labels)));
}

/** Nobody is called so: no name holds a zero byte. */
const holderOf = (role: Role): Subject => ({ kind: "User", namespace: "", name: `\0${describeObject(role)}` });

function withHolders(state: RbacState, roles: readonly Role[]): RbacState {
  const added = roles.map(
    (role): Binding => ({
      kind: role.kind === "Role" ? "RoleBinding" : "ClusterRoleBinding",
      namespace: role.namespace,
      name: `\0${describeObject(role)}`,
      roleRef: { kind: role.kind, name: role.name },
      subjects: [holderOf(role)],
      origin: {},
    }),
  );
  return {
    ...state,
    bindings: [...state.bindings, ...added],
    bindingsBySubject: new Map([
      ...state.bindingsBySubject,
      ...added.flatMap((binding) =>
        binding.subjects.map((subject): [string, readonly Binding[]] => [subjectKey(subject), [binding]]),
      ),
    ]),
  };
}
