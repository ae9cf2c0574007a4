import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";
import { contentKeys, type LayerEntry } from "#manifest";

/** Where something stands in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A place in one of several texts, by its index. */
export interface PlaceInPart extends Place {
  readonly part: number;
}

const edgeAgent = "$edgeAgent";
const desired = "properties.desired";
const steps = /\["((?:[^"\\]|\\.)*)"\]|\["((?:[^"\\]|\\.)*)\\?\.{3}\]|\[(\d+)\]|([A-Za-z_$][\w$-]*)/g;
/** Where a long key was cut within one character. */
const brokenEscape = /(?<=(?:^|[^\\])(?:\\\\)*)\\u[\da-f]{0,3}$/;

/**
 * Finds problems of a manifest in its text. A path leads from `properties.desired`; where it enters a text that is JSON
 * itself, as createOptions are, the text's own place counts.
 */
export function placesIn(text: string): (path: string) => Place | undefined {
  const places = placesInParts([text]);
  return (path) => {
    const found = places(path);
    return found && { line: found.line, column: found.column };
  };
}

/**
 * Finds problems of a manifest in the texts that it was merged from: the base, and the layers over it.
 *
 * @param entries what the layers have put there
 */
export function placesInParts(
  texts: readonly string[],
  entries: readonly LayerEntry[] = [],
): (path: string) => PlaceInPart | undefined {
  const roots = texts.map(treeOf);
  const [base] = roots;
  const section = step(twinsOf(base), edgeAgent) ?? base;
  const own = step(section, desired) ?? section;
  return (path) => {
    const keys = stepsOf(path);
    const entry = entries.findLast((one) => holds(one, keys)) ?? makerOf(keys);
    const part = entry === undefined ? 0 : entry.layer + 1;
    const node = entry === undefined ? inBase(keys) : inLayer(entry, keys, roots[part]);
    return node && { part, ...placeOf(texts[part] ?? "", node.offset) };
  };

  /** What the base does not have at all is of the layer that has put something into it. */
  function makerOf([section, name]: readonly Step[]): LayerEntry | undefined {
    if (name === undefined || step(step(own, section ?? ""), name) !== undefined) return undefined;
    return entries.findLast(
      ({ twin, steps: [ofSection, ofName] }) =>
        twin === edgeAgent && leadsTo(section, ofSection) && leadsTo(name, ofName),
    );
  }

  function inBase(keys: readonly Step[]): Node | undefined {
    const [first = ""] = keys;
    // What stands beside `properties.desired` is named from the document's root.
    const isOutside = step(own, first) === undefined && step(base, first) !== undefined;
    return descend(isOutside ? base : own, keys);
  }
}

/** A key of which a path shows no more. */
export interface Beginning {
  readonly beginning: string;
}
export type Step = string | number | Beginning;

/** Whether a step of a path is this key. */
export function leadsTo(step: Step | undefined, key: string | undefined): boolean {
  if (step === undefined || key === undefined) return false;
  return typeof step === "object" ? key.startsWith(step.beginning) : String(step) === key;
}

function inLayer({ twin, steps: set }: LayerEntry, keys: readonly Step[], root: Node | undefined): Node | undefined {
  const section = step(twinsOf(root), twin) ?? root;
  const key = [desired, ...set].join(".");
  const rest = isTwinPath(keys) ? [] : keys.slice(set.length);
  return descend(step(section, key) ?? section, rest);
}

/** Whether what a path names, or holds what it names, is of the layer. */
function holds({ twin, steps: set }: LayerEntry, keys: readonly Step[]): boolean {
  if (isTwinPath(keys)) return keys.some((key) => leadsTo(key, twin));
  return twin === edgeAgent && set.every((one, index) => leadsTo(keys[index], one));
}

function isTwinPath([first, second]: readonly Step[]): boolean {
  const key = first === "content" ? second : first;
  return contentKeys.some((one) => one === key);
}

export function stepsOf(path: string): readonly Step[] {
  return [...path.matchAll(steps)].map(([, quoted, cut, index, word]) => {
    if (quoted !== undefined) return JSON.parse(`"${quoted}"`);
    if (cut !== undefined) return { beginning: JSON.parse(`"${cut.replace(brokenEscape, "")}"`) };
    return index === undefined ? (word ?? "") : Number(index);
  });
}

function twinsOf(root: Node | undefined): Node | undefined {
  const inner = step(root, "content") ?? root;
  return contentKeys.map((key) => step(inner, key)).find((node) => node !== undefined) ?? inner;
}

function step(node: Node | undefined, key: Step): Node | undefined {
  if (typeof key !== "object") return node && findNodeAtLocation(node, [key]);
  if (node?.type !== "object") return undefined;
  const property = node.children?.find(({ children }) => leadsTo(key, children?.[0]?.value));
  return property?.children?.[1];
}

/** As far as the text goes. */
function descend(from: Node | undefined, keys: readonly Step[]): Node | undefined {
  let node = from;
  for (const key of keys) {
    const next = step(node, key);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** Where keys of the document itself lead. */
export function placeAt(text: string, keys: readonly (string | number)[]): Place | undefined {
  const node = descend(treeOf(text), keys);
  return node && placeOf(text, node.offset);
}

/** Undefined where lists and objects are deeper in one another than the parser goes, which calls itself for each. */
function treeOf(text: string): Node | undefined {
  try {
    return parseTree(text);
  } catch {
    return undefined;
  }
}

/** @param offset in characters */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
