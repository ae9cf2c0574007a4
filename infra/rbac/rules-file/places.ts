import { createRequire } from "node:module";
import type { Document, LineCounter, Node } from "yaml";
import { formatPath, type Path } from "#base";

type Yaml = typeof import("yaml");
const require = createRequire(import.meta.url);

/** Line and column, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML document whose values know where they stand. */
export interface PlacedDocument {
  readonly content: unknown;
  /**
   * Where a value stands.
   *
   * @param path as `formatPath` writes it; of what is not there, the place of what it is missing in
   */
  placeOf(path: string): Place;
}

/** Why a text is no YAML of one document, and where. */
export interface BrokenText extends Place {
  readonly problem: string;
}

const maxAliases = 100;

/** Reads a small file that people write by hand. What reads manifests knows more spellings, but no places. */
export function readPlaced(text: string): PlacedDocument | BrokenText {
  // Loaded by who reads such a file: most runs have none.
  const yaml: Yaml = require("yaml");
  const counter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return { ...placeAt(counter, error.pos[0]), problem: error.message };
  try {
    const content: unknown = document.toJS({ maxAliasCount: maxAliases });
    const offsets = offsetsOf(yaml, document);
    return { content, placeOf: (path) => placeAt(counter, nearestOffset(offsets, path)) };
  } catch {
    return { line: 1, column: 1, problem: "it has aliases that lead nowhere, or too many" };
  }
}

function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Offsets of all values, and of the keys of maps, by path. */
function offsetsOf(yaml: Yaml, document: Document): Map<string, number> {
  const offsets = new Map<string, number>();
  const add = (node: unknown, path: Path, key?: Node) => {
    const value = yaml.isNode(node) ? node : undefined;
    const offset = key?.range?.[0] ?? value?.range?.[0];
    if (offset !== undefined) offsets.set(formatPath(path), offset);
    if (yaml.isMap(value)) {
      for (const { key: name, value: child } of value.items)
        if (yaml.isScalar(name)) add(child, [...path, String(name.value)], name);
    } else if (yaml.isSeq(value)) {
      for (const [index, child] of value.items.entries()) add(child, [...path, index]);
    }
  };
  add(document.contents, []);
  return offsets;
}

function nearestOffset(offsets: ReadonlyMap<string, number>, path: string): number {
  for (let prefix = path; prefix !== ""; prefix = parentOf(prefix)) {
    const offset = offsets.get(prefix);
    if (offset !== undefined) return offset;
  }
  return offsets.get(formatPath([])) ?? 0;
}

/** `rules[0].severity` is in `rules[0]`, that is in `rules`. A key in quotes may hold dots and brackets itself. */
function parentOf(path: string): string {
  const step = /(?:\.[A-Za-z$_][A-Za-z0-9$_-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\])$/.exec(path);
  return step === null ? "" : path.slice(0, step.index);
}
