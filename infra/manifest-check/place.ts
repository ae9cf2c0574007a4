import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

/** Where something stands in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const wrappers = [["content"], ["modulesContent"], ["$edgeAgent"], ["properties.desired"]];
const steps = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([A-Za-z_$][\w$-]*)/g;

/**
 * Finds problems of a manifest in its text. A path leads from `properties.desired`; where it enters a text that is JSON
 * itself, as createOptions are, the text's own place counts.
 */
export function placesIn(text: string): (path: string) => Place | undefined {
  const root = treeOf(text);
  const desired = root && wrappers.reduce((node, key) => findNodeAtLocation(node, key) ?? node, root);
  return (path) => {
    if (desired === undefined) return undefined;
    let node: Node = desired;
    for (const [, quoted, index, word] of path.matchAll(steps)) {
      const step =
        quoted === undefined ? (index === undefined ? (word ?? "") : Number(index)) : JSON.parse(`"${quoted}"`);
      const next = findNodeAtLocation(node, [step]);
      if (next === undefined) break;
      node = next;
    }
    return placeOf(text, node.offset);
  };
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
