import { type Binding, type ClusterObjects, describeObject, type Role } from "../objects.ts";
import { builtinObjects } from "./index.ts";

/**
 * Marks the objects of a complete source that are as the API server makes them. Those that somebody changed are that
 * person's, and judged like all others.
 */
export function markBuiltin(objects: ClusterObjects): ClusterObjects {
  const builtin = builtinObjects();
  const known = new Map(
    [...builtin.roles, ...builtin.bindings].map((object) => [describeObject(object), contentOf(object)]),
  );
  const mark = <T extends Role | Binding>(object: T): T =>
    known.get(describeObject(object)) === contentOf(object) ? { ...object, origin: { builtin: true } } : object;
  return { ...objects, roles: objects.roles.map(mark), bindings: objects.bindings.map(mark) };
}

function contentOf(object: Role | Binding): string {
  if ("roleRef" in object) return JSON.stringify([object.roleRef, object.subjects]);
  return JSON.stringify([object.aggregation ?? object.rules, object.aggregation !== undefined]);
}
