import { isMap, isScalar, type Pair, type Scalar, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import type { TrustRoot } from "../trust-model/index.ts";

/** A piece of text to put in place of another. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices that do not overlap. The text around them stays as it is to the byte. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: piece }) => result.slice(0, start) + piece + result.slice(end), text);
}

/** @example rootsText([{ id: "r1", state: "active" }]) // "[{ id: r1, state: active }]" */
export function rootsText(roots: readonly TrustRoot[]): string {
  return `[${roots.map(rootText).join(", ")}]`;
}

const rootText = ({ id, state }: TrustRoot) => `{ id: ${stringify(id).trim()}, state: ${state} }`;

/** Replaces the value of a scalar. */
export function replaceScalar(scalar: Scalar, value: string): Splice {
  const [start, end] = rangeOf(scalar);
  return { start, end, text: value };
}

/**
 * Puts `key: value` into a map that lacks the key, below the entry `after` of it.
 *
 * @param value in flow style, on one line
 */
export function insertEntry(text: string, map: YAMLMap, after: string, key: string, value: string): Splice | undefined {
  if (map.flow) {
    const [start] = rangeOf(map);
    const at = start + 1;
    const rest = map.items.length === 0 ? " " : ", ";
    const gap = map.items.length > 0 && text[at] === " " ? 1 : 0;
    return { start: at, end: at + gap, text: ` ${key}: ${value}${rest}` };
  }
  const pair = map.items.find((item) => keyText(item) === after) ?? map.items.find((item) => isScalar(item.value));
  if (pair === undefined || !isScalar(pair.key) || !isScalar(pair.value)) return undefined;
  const [keyStart] = rangeOf(pair.key);
  const indent = " ".repeat(keyStart - lineStart(text, keyStart));
  const at = lineEnd(text, rangeOf(pair.value)[1]);
  return { start: at, end: at, text: `\n${indent}${key}: ${value}` };
}

/** Makes a list of roots say `roots`; entries that stay keep their lines and the comments beside and above them. */
export function replaceRoots(text: string, list: YAMLSeq, roots: readonly TrustRoot[]): readonly Splice[] {
  const items = list.items.filter((item) => isMap(item));
  const states = new Map(items.map((item) => [item.get("id"), item.get("state", true)] as const));
  const isSameList = roots.length === items.length && roots.every(({ id }, index) => items[index]?.get("id") === id);
  if (isSameList) {
    return roots.flatMap(({ id, state }) => {
      const scalar = states.get(id);
      return isScalar(scalar) && scalar.value !== state ? [replaceScalar(scalar, state)] : [];
    });
  }
  if (list.flow || items.length === 0) {
    const [start, end] = rangeOf(list);
    return [{ start, end, text: rootsText(roots) }];
  }
  return [replaceBlock(text, items, roots)];
}

/** The lines of a block list, one chunk for each root: its own with the new state, or a new one. */
function replaceBlock(text: string, items: readonly YAMLMap[], roots: readonly TrustRoot[]): Splice {
  const starts = items.map((item) => lineStart(text, rangeOf(item)[0]));
  const ends = items.map((item) => lineEnd(text, rangeOf(item)[1] - 1));
  const begin = starts[0] ?? 0;
  const indent = /^[ ]*/.exec(text.slice(begin))?.[0] ?? "";
  const chunks = roots.map(({ id, state }) => {
    const index = items.findIndex((item) => item.get("id") === id);
    const scalar = items[index]?.get("state", true);
    if (index < 0 || !isScalar(scalar)) return `${indent}- ${rootText({ id, state })}`;
    const from = index === 0 ? begin : (ends[index - 1] ?? 0) + 1;
    const { start, end, text: piece } = replaceScalar(scalar, state);
    return text.slice(from, start) + piece + text.slice(end, ends[index]);
  });
  return { start: begin, end: ends.at(-1) ?? begin, text: chunks.join("\n") };
}

function keyText({ key }: Pair<unknown, unknown>): unknown {
  return isScalar(key) ? key.value : undefined;
}

/** First offset, and the one after the value. */
function rangeOf(node: { readonly range?: readonly [number, number, number] | null | undefined }): [number, number] {
  const [start = 0, end = 0] = node.range ?? [];
  return [start, end];
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  return found < 0 ? text.length : found;
}
