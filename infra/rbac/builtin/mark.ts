import { type Binding, type ClusterObjects, describeObject, type Role } from "../objects.ts";
import { builtinObjects } from "./index.ts";
import { builtinVersions } from "./versions.ts";

/**
 * Marks the objects of a complete source that are as the API server of any known version makes them. Those that somebody
 * changed are that person's, and judged like all others.
 */
export function markBuiltin(objects: ClusterObjects): ClusterObjects {
  const known = new Set(
    builtinVersions.flatMap((version) => {
      const { roles, bindings } = builtinObjects(version);
      return [...roles, ...bindings].map(contentOf);
    }),
  );
  const mark = <T extends Role | Binding>(object: T): T =>
    known.has(contentOf(object)) ? { ...object, origin: { builtin: true } } : object;
  return { ...objects, roles: objects.roles.map(mark), bindings: objects.bindings.map(mark) };
}

function contentOf(object: Role | Binding): string {
  const name = describeObject(object);
  if ("roleRef" in object) return JSON.stringify([name, object.roleRef, object.subjects]);
  return JSON.stringify([name, object.aggregation ?? object.rules, object.aggregation !== undefined]);
}
