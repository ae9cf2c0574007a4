import { allowingGrants } from "../model/access.ts";
import { describeObject } from "../model/objects.ts";
import type { AccessRequest } from "../model/rule-matching.ts";
import type { RbacState } from "../model/state.ts";
import { canonicalSubject, describeSubject, mastersGroup, type Subject, subjectKey } from "../model/subject.ts";

/** One subject that may make the request, and how. */
export interface Holder {
  readonly subject: string;
  readonly via: string;
  /** Where it holds, when it does not hold everywhere. */
  readonly namespace?: string;
}

/**
 * All subjects that a binding names and that may make the request by it. Members of a group are not known and stand as
 * the group.
 */
export function whoCan(state: RbacState, request: AccessRequest): Holder[] {
  return [masters, ...holdersOf(state, request).filter(({ subject }) => subject !== masters.subject)];
}

/** As {@link whoCan}, in every namespace: who may do it in some alone is listed for each of them. */
export function whoCanEverywhere(state: RbacState, request: AccessRequest): Holder[] {
  const everywhere = whoCan(state, request);
  if (!("namespace" in request)) return everywhere;
  const scopes = new Set(state.bindings.map(({ namespace }) => namespace).filter((namespace) => namespace !== ""));
  const inSome = [...scopes].sort().flatMap((namespace) =>
    holdersOf(state, { ...request, namespace })
      .filter(({ via }) => via.startsWith("RoleBinding "))
      .map((holder) => ({ ...holder, namespace })),
  );
  return [...everywhere, ...inSome];
}

const masters: Holder = { subject: `Group ${mastersGroup}`, via: "the API server, whatever RBAC says" };

function holdersOf(state: RbacState, request: AccessRequest): Holder[] {
  const subjects = new Map<string, Subject>();
  for (const binding of state.bindings)
    for (const subject of binding.subjects) subjects.set(subjectKey(subject), canonicalSubject(subject));
  return [...subjects]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, subject]) =>
      [...allowingGrants(state, onlyItself(subject), request)].map(({ binding, role }) => ({
        subject: describeSubject(subject),
        via: `${describeObject(binding)} -> ${describeObject(role)}`,
      })),
    );
}

/** The subject without the groups that it belongs to: these are listed as subjects of their own. */
function onlyItself(subject: Subject) {
  const key = subjectKey(subject);
  return subject.kind === "Group"
    ? { name: "", groups: [subject.name] }
    : { name: key.slice("User ".length), groups: [] };
}
