import { isJsonObject, type Json, type JsonObject, parseKeepingDigits } from "#base";
import { contentKeys } from "#manifest";
import type { FilledText } from "./filled-text.ts";
import { optionsIn } from "./options-text.ts";
import { leadsTo, type Step, stepsOf } from "./place.ts";

/** A manifest with its placeholders as they are written, and filled in. */
export interface Forms<Document extends Json = JsonObject> {
  readonly written: Document;
  readonly filled: Document;
}

/** A place in a template to which a path of the filled-in manifest leads. */
export interface Located {
  /** Keys as the template has them. */
  readonly steps: readonly (string | number)[];
  /** Steps that lead nowhere in it. */
  readonly rest: readonly LeftOver[];
  /** What is there; undefined where steps are left over. */
  readonly node: Json | undefined;
}

export interface LeftOver {
  readonly step: Step;
  /** Whether the filled-in manifest has such a key there: what it has not, the parser misses. */
  readonly isThere: boolean;
}

type ByWritten = ReadonlyMap<string, readonly FilledText[]>;

/** Finds a path that leads from `properties.desired`, or from the document's root what stands beside it. */
export function locateProblem({ written, filled }: Forms, path: string, byWritten: ByWritten): Located {
  const steps = stepsOf(path);
  const found = locate({ written: desiredOf(written), filled: desiredOf(filled) }, steps, byWritten);
  if (found.steps.length > 0) return found;
  const outside = locate({ written, filled }, steps, byWritten);
  return outside.steps.length > 0 ? outside : found;
}

/** Goes as far as the keys lead. */
export function locate({ written, filled }: Forms<Json>, path: readonly Step[], byWritten: ByWritten): Located {
  const steps: (string | number)[] = [];
  const rest: LeftOver[] = [];
  let [node, now]: (Json | undefined)[] = [written, filled];
  for (const step of path) {
    const key = rest.length > 0 ? undefined : keyFor(node, step, byWritten);
    const there = keyFor(now, step, noFilling);
    now = there === undefined ? undefined : childAt(now, there);
    node = key === undefined ? undefined : childAt(node, key);
    if (key === undefined) rest.push({ step, isThere: there !== undefined });
    else steps.push(key);
  }
  return { steps, rest, node };
}

const noFilling: ByWritten = new Map();

/** The key by which a template has what the filled-in manifest has by another one. */
function keyFor(node: Json | undefined, step: Step, byWritten: ByWritten): string | number | undefined {
  if (Array.isArray(node)) return typeof step === "number" && step < node.length ? step : undefined;
  if (!isJsonObject(node)) return undefined;
  if (step === "createOptions" && optionsIn(node) !== undefined) return step;
  const keys = Object.keys(node);
  return (
    keys.find((key) => leadsTo(step, key) && !byWritten.has(key)) ??
    keys.find((key) => byWritten.get(key)?.some(({ text }) => leadsTo(step, text)))
  );
}

/** An item, or a field; of options that are text, in parts as well, the object that they are. */
function childAt(node: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(node)) return node[Number(key)];
  if (!isJsonObject(node)) return undefined;
  const whole = key === "createOptions" ? optionsIn(node) : undefined;
  if (whole === undefined) return node[key];
  const options = parseKeepingDigits(whole);
  return isJsonObject(options) ? options : whole;
}

function desiredOf(document: JsonObject): Json {
  const inner = childOf(document, "content") ?? document;
  const key = contentKeys.find((one) => childOf(inner, one) !== undefined);
  const content = key === undefined ? inner : (childOf(inner, key) ?? inner);
  const section = childOf(content, "$edgeAgent") ?? content;
  return childOf(section, "properties.desired") ?? section;
}

function childOf(value: Json, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) && isJsonObject(value[key]) ? value[key] : undefined;
}
