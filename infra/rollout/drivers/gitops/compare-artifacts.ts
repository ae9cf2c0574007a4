import { canonicalJson, isJsonObject } from "#base";
import type { FolderFile } from "../../../gitops/index.ts";
import type { ClusterChange, ObjectChange } from "../../model/index.ts";
import { fieldChanges } from "../server-side-apply/field-changes.ts";
import { compareManifests, nameOf } from "./compare-manifests.ts";
import type { Manifests } from "./manifests.ts";

/** What an artifact holds. */
export interface Content {
  readonly files: readonly FolderFile[];
  readonly manifests: Manifests;
}

/**
 * What another archive changes. Objects are told by their fields, and files that differ although no object in them does:
 * what Flux makes of the same objects is decided by the kustomization, and by files that are no manifests.
 */
export function compareArtifacts(before: Content, after: Content): ClusterChange {
  const objects = compareManifests(objectsOf(before), objectsOf(after));
  const files = fileChanges(before, after, objects.changes);
  const changes = [...objects.changes, ...files];
  return { ...objects, changes: changes.length === 0 ? [otherArchive] : changes };
}

/** Links, or names of a form that is not read here. */
const otherArchive: ObjectChange = { operation: "update", object: "archive of the artifact", fields: ["changed"] };

function objectsOf({ manifests }: Content) {
  return manifests.objects.map(({ object }) => object);
}

function fileChanges(before: Content, after: Content, told: readonly ObjectChange[]): readonly ObjectChange[] {
  const changed = new Set(told.map(({ object }) => object));
  const isTold = ({ manifests }: Content, name: string) =>
    manifests.objects.some(({ file, object }) => file === name && changed.has(nameOf(object)));
  const isOtherSet = told.some(({ operation }) => operation !== "update");
  const [old, now] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((object): readonly ObjectChange[] => {
    if (old.get(object) === now.get(object) || isTold(before, object) || isTold(after, object)) return [];
    if (!old.has(object)) return [{ operation: "create", object, fields: [] }];
    if (!now.has(object)) return [{ operation: "delete", object, fields: [] }];
    const [from, to] = [before.manifests.kustomizations.get(object), after.manifests.kustomizations.get(object)];
    // It names the files of the objects, and of those it is told that they come or go.
    if (isOtherSet && canonicalJson(besidesResources(from)) === canonicalJson(besidesResources(to))) return [];
    const fields = from === undefined || to === undefined ? [] : fieldChanges(from, to, () => false);
    return [{ operation: "update", object, fields: fields.length === 0 ? ["content: changed"] : fields }];
  });
}

function byName({ files }: Content): ReadonlyMap<string, string> {
  return new Map(files.map(({ name, content }) => [name, content]));
}

function besidesResources(kustomization: unknown): unknown {
  if (!isJsonObject(kustomization)) return kustomization ?? null;
  const { resources: _, ...others } = kustomization;
  return others;
}
