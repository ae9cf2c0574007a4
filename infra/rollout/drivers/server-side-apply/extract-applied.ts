import { canonicalJson, parseJson } from "#base";
import { fieldManagers } from "#contract";
import type { LiveObject, ObjectToApply } from "../../../kubernetes/index.ts";
import { compareObjects } from "../../../render/index.ts";
import type { CapturedState } from "../artifacts.ts";

/**
 * What edgectl had applied of the stack, taken from the live objects. What others have added to them is theirs: bringing
 * this state back leaves it alone.
 */
export function captureState(stack: string, deployed: boolean, live: readonly LiveObject[]): CapturedState {
  const objects = live.map((object) => extractApplied(object, fieldManagers.edgectl));
  return { version: 1, stack, deployed, objects: objects.toSorted(compareObjects) };
}

/** One entry of `metadata.managedFields`. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}
interface FieldSet {
  readonly [key: string]: FieldSet;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

/**
 * What `manager` has applied last, taken out of the live object by the record of field ownership: the counterpart of
 * client-go's `ExtractInto`. Applying the result again changes nothing, and applying it after other fields were applied
 * removes those. Of an object that the manager owns nothing of, the bare name is left.
 */
export function extractApplied(live: LiveObject, manager: string): ObjectToApply {
  const entries: readonly ManagedFields[] = (live.metadata as { managedFields?: ManagedFields[] }).managedFields ?? [];
  const own = entries.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && (entry.subresource ?? "") === "",
  );
  const { name, namespace } = live.metadata;
  const owned = own?.fieldsV1 === undefined ? {} : (pick(live as JsonMap, own.fieldsV1) as JsonMap);
  const metadata = {
    ...(owned.metadata as JsonMap | undefined),
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { ...owned, apiVersion: live.apiVersion, kind: live.kind, metadata };
}

/** The part of `value` that the set names. A leaf, or a member that is owned as a whole without parts, is taken whole. */
function pick(value: Json, fields: FieldSet): Json {
  const parts = Object.entries(fields).filter(([key]) => key !== ".");
  if (parts.length === 0) return isEmptyOwner(fields) ? emptyOf(value) : value;
  return Array.isArray(value) ? pickItems(value, parts) : pickFields(value, parts);
}

/** `{".": {}}` alone: the manager owns that the map is there, and nothing in it. */
function isEmptyOwner(fields: FieldSet): boolean {
  return fields["."] !== undefined;
}

function emptyOf(value: Json): Json {
  if (Array.isArray(value)) return [];
  return isMap(value) ? {} : value;
}

function pickFields(value: Json, parts: readonly (readonly [string, FieldSet])[]): Json {
  if (!isMap(value)) return value;
  const picked = parts.flatMap(([key, fields]) => {
    const name = key.slice(2);
    const member = key.startsWith("f:") && Object.hasOwn(value, name) ? value[name] : undefined;
    return member === undefined ? [] : [[name, pick(member, fields)] as const];
  });
  return Object.fromEntries(picked);
}

/** Items in the order of the live list, since the set has none. */
function pickItems(items: readonly Json[], parts: readonly (readonly [string, FieldSet])[]): Json {
  return items.flatMap((item, index) => {
    const found = parts.find(([key]) => selects(key, item, index));
    return found === undefined ? [] : [pickItem(item, found[1], found[0])];
  });
}

/**
 * An atomic item, such as a variable of an admission policy, is recorded as a leaf and taken whole. Of an item that is owned
 * without any field of it, which is recorded as `.` alone, the keys are left.
 */
function pickItem(item: Json, fields: FieldSet, key: string): Json {
  if (!key.startsWith("k:")) return key.startsWith("v:") ? item : pick(item, fields);
  const parts = Object.entries(fields).filter(([name]) => name !== ".");
  if (parts.length > 0) return pickFields(item, parts);
  return isEmptyOwner(fields) ? parse(key.slice(2)) : item;
}

/** `k:{"name":"a"}` by keys, `v:"a"` by value, `i:0` by place. */
function selects(key: string, item: Json, index: number): boolean {
  const text = key.slice(2);
  if (key.startsWith("i:")) return Number(text) === index;
  const wanted = parse(text);
  if (key.startsWith("v:")) return isSame(wanted, item);
  if (!key.startsWith("k:") || !isMap(wanted) || !isMap(item)) return false;
  return Object.entries(wanted).every(([name, part]) => isSame(item[name], part));
}

/** Whatever the order of keys: the record of ownership sorts them, the object need not. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function parse(text: string): Json {
  return (parseJson(text) ?? null) as Json;
}

function isMap(value: Json): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
