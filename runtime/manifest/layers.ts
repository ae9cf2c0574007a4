import { copyOfJson, isJsonObject, type Json, type JsonObject, nearest } from "#base";
import { limits } from "./limits.ts";
import { fixed, type Message, type OwnWords, say } from "./message.ts";
import { type Problem, problemOf, shown } from "./problems.ts";

/** Something that a layer has put into the manifest below it. */
export interface LayerEntry {
  /** Index of the layer. */
  readonly layer: number;
  /** Whose twin it is: `$edgeAgent` for modules. */
  readonly twin: string;
  /** Where it is now, below that twin's `properties.desired`. */
  readonly steps: readonly string[];
}

/** Something wrong with a layer as such. */
export interface LayerProblem extends Omit<Problem, "needs"> {
  readonly layer: number;
  /** Keys that lead to it in the layer's own document. */
  readonly keys: readonly string[];
}

/** A base with the layers over it. */
export interface LayeredManifest {
  /** As far as it could be merged. */
  readonly document: JsonObject;
  readonly entries: readonly LayerEntry[];
  readonly problems: readonly LayerProblem[];
}

const desired = "properties.desired";
const prefix = `${desired}.`;
const edgeAgent = "$edgeAgent";
/** Where a document has its twins; the second as IoT Hub took it first. */
export const contentKeys = ["modulesContent", "moduleContent"] as const;

/**
 * Puts layers over a base, the lowest priority first, as IoT Hub does for a device: `properties.desired.modules.web` of a
 * layer replaces what was there, and `null` takes it away. Whether base and result are good, the parser says.
 */
export function mergeLayers(base: JsonObject, layers: readonly JsonObject[]): LayeredManifest {
  const problems: LayerProblem[] = [];
  const entries: LayerEntry[] = [];
  const parts: { id: string; known: readonly string[]; tell: (message: Message, remedy: Message) => void }[] = [];
  const document = copyOfJson(holdsTwins(base) ? base : wrapped(base)) as Writable;
  const twins = contentKeysOf(document).reduce((at, key) => at[key] as Writable, document);
  for (const [layer, written] of layers.entries()) {
    const report: Report = (keys, message, remedy) =>
      problems.push(Object.assign(problemOf(keys.join("."), message, remedy), { layer, keys }));
    for (const { keys, twin, steps, value } of changesOf(written, report)) {
      const known = moduleIds(twins);
      const blocked = setAt(twins, [twin, desired, ...steps], value);
      if (blocked === undefined) {
        entries.push({ layer, twin, steps });
        const id = deeperInModule(twin, steps);
        if (id !== undefined && !known.includes(id))
          parts.push({ id, known, tell: (...said) => report(keys, ...said) });
      } else
        report(keys, say`leads into ${blocked.slice(2).join(".")}, which is no object`, "Set that one as a whole.");
    }
  }
  for (const { id, known, tell } of parts) {
    // Later layers may have brought the rest of it.
    if (isJsonObject(child(moduleOf(twins, id), "settings")) || moduleOf(twins, id) === undefined) continue;
    const meant = nearest(id, known);
    const near = meant === undefined ? fixed("") : say`; ${shown(meant)} is there`;
    tell(
      say`changes a part of module ${shown(id)}, which neither the base nor a layer before it has${near}`,
      fixed("Correct its id, or set it as a whole by properties.desired.modules.<id>."),
    );
  }
  return { document, entries, problems };
}

type Writable = { [key: string]: Json };
type Report = <Words extends string | Message, Way extends string | Message>(
  keys: readonly string[],
  message: Words & OwnWords<Words>,
  remedy: Way & OwnWords<Way>,
) => void;

interface Change {
  readonly keys: readonly string[];
  readonly twin: string;
  readonly steps: readonly string[];
  readonly value: Json;
}

const example =
  'Write what it changes as {"modulesContent": {"$edgeAgent": {"properties.desired.modules.<id>": {...}}}}.';

/** What a layer sets. What lies deeper comes later, so that the order of its keys does not matter. */
function changesOf(written: JsonObject, report: Report): readonly Change[] {
  const path = contentKeysOf(written);
  const twins = path.reduce<Json | undefined>((at, key) => child(at, key), written);
  if (!isJsonObject(twins) || !holdsTwins(written)) {
    report([], "has no modulesContent, and changes nothing", example);
    return [];
  }
  const outer = path[0] === "content" ? contentKeys.find((key) => child(written, key) !== undefined) : undefined;
  if (outer !== undefined) report([outer], "stands beside content, and would be dropped", "Keep one of the two.");
  const changes = Object.entries(twins).flatMap(([twin, section]): readonly Change[] => {
    if (!isJsonObject(section)) {
      report([...path, twin], "is not an object", example);
      return [];
    }
    return Object.entries(section).flatMap(([key, value]) => changeOf({ path, twin, key, value }, report));
  });
  return changes.toSorted((a, b) => a.steps.length - b.steps.length);
}

function changeOf(
  { path, twin, key, value }: { path: readonly string[]; twin: string; key: string; value: Json },
  report: Report,
): readonly Change[] {
  const keys = [...path, twin, key];
  if (key === desired && twin === edgeAgent) {
    report(keys, "is a base of its own, and a device has one", say`Give one base first. ${fixed(example)}`);
    return [];
  }
  const steps = key === desired ? [] : key.slice(prefix.length).split(".");
  if ((key !== desired && !key.startsWith(prefix)) || steps.includes("") || steps.length > limits.levels.most) {
    report(keys, "is no key of a layer", example);
    return [];
  }
  return [{ keys, twin, steps, value }];
}

/** The module of which steps lead to a part alone. */
function deeperInModule(twin: string, [section, id, ...rest]: readonly string[]): string | undefined {
  return twin === edgeAgent && section === "modules" && rest.length > 0 ? id : undefined;
}

function modulesIn(twins: Writable): Json | undefined {
  return [edgeAgent, desired, "modules"].reduce<Json | undefined>((at, key) => child(at, key), twins);
}

function moduleIds(twins: Writable): readonly string[] {
  return Object.keys(modulesIn(twins) ?? {});
}

function moduleOf(twins: Writable, id: string): Json | undefined {
  return child(modulesIn(twins), id);
}

/** Sets a value; or answers the steps to what is in the way. */
function setAt(root: Writable, steps: readonly string[], value: Json): readonly string[] | undefined {
  let at = root;
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const next = child(at, step);
    if (isJsonObject(next)) at = next as Writable;
    else if (next === undefined || next === null) {
      const made: Writable = {};
      own(at, step, made);
      at = made;
    } else return steps.slice(0, index + 1);
  }
  const last = steps.at(-1) ?? "";
  if (value === null) delete at[last];
  else own(at, last, copyOfJson(value));
  return undefined;
}

/** By definition: `__proto__` is a name like any other here. */
function own(object: Writable, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function child(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Keys that lead to the twins of a document, as the parser finds them: itself, `modulesContent`, or this in `content`. */
function contentKeysOf(document: JsonObject): readonly string[] {
  const outer = isJsonObject(child(document, "content")) ? ["content"] : [];
  const inner = outer.reduce<Json | undefined>((at, key) => child(at, key), document);
  const key = contentKeys.find((one) => isJsonObject(child(inner, one)));
  return key === undefined ? outer : [...outer, key];
}

function holdsTwins(document: JsonObject): boolean {
  const path = contentKeysOf(document);
  const inner = path.reduce<Json | undefined>((at, key) => child(at, key), document);
  return path.some((key) => key !== "content") || isJsonObject(child(inner, edgeAgent));
}

/** A section alone, or `properties.desired` alone, as a whole document. */
function wrapped(base: JsonObject): JsonObject {
  const section = desired in base ? base : { [desired]: base };
  return { modulesContent: { [edgeAgent]: section } };
}
