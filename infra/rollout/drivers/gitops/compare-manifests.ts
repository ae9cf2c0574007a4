import { groupOf, type ObjectToApply } from "../../../kubernetes/index.ts";
import type { ClusterChange, ObjectChange } from "../../model/index.ts";
import { fieldChanges } from "../server-side-apply/field-changes.ts";

type Path = readonly (string | number)[];

/** What another artifact changes, as far as it says. Of Secrets, which somebody else must have put there, no value is shown. */
export function compareManifests(before: readonly ObjectToApply[], after: readonly ObjectToApply[]): ClusterChange {
  const [old, now] = [byName(before), byName(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((object): readonly ObjectChange[] => {
    const [from, to] = [old.get(object), now.get(object)];
    if (from === undefined) return [{ operation: "create", object, fields: [] }];
    if (to === undefined) return [{ operation: "delete", object, fields: [] }];
    const fields = fieldChanges(from, to, (path) => from.kind === "Secret" && isValue(path));
    return fields.length === 0 ? [] : [{ operation: "update", object, fields }];
  });
  return { changes, before: before.filter(isRbac), after: after.filter(isRbac) };
}

function isValue([first]: Path): boolean {
  return first !== "apiVersion" && first !== "kind" && first !== "metadata";
}

function byName(objects: readonly ObjectToApply[]): ReadonlyMap<string, ObjectToApply> {
  return new Map(objects.map((object) => [nameOf(object), object]));
}

/** `apps/v1/Deployment edge-a/iotedged` */
export function nameOf({ apiVersion, kind, metadata: { name, namespace } }: ObjectToApply): string {
  return `${apiVersion}/${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function isRbac({ apiVersion, kind }: ObjectToApply): boolean {
  return groupOf(apiVersion) === "rbac.authorization.k8s.io" || kind === "ServiceAccount";
}
