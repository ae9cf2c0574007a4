import type { Document, Node, Pair } from "yaml";

/** By which a stack's file has a manifest of its own. */
const manifestKey = "deployment";

/**
 * Offset of the first number in a manifest of the stack's file that JSON writes with other digits than stand there: 1.10 or
 * 0x1F in a variable would be another text in the module. Undefined where there is none.
 */
export function changedDigitsIn(document: Document, yaml: typeof import("yaml")): number | undefined {
  const { isAlias, isPair, isScalar, visit } = yaml;
  const known = new Set<unknown>();
  const search = (manifest: unknown): number | undefined => {
    if (known.has(manifest)) return undefined;
    known.add(manifest);
    let found: number | undefined;
    visit(manifest as Node | Pair as Node, {
      Node(_, node) {
        const other = isAlias(node) ? search(node.resolve(document)) : undefined;
        const isChanged =
          isScalar(node) && typeof node.value === "number" && node.source !== JSON.stringify(node.value);
        found = other ?? (isChanged ? (node.range?.[0] ?? 0) : undefined);
        return found === undefined ? undefined : visit.BREAK;
      },
    });
    return found;
  };
  let found: number | undefined;
  visit(document, {
    Pair(_, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || pair.key.value !== manifestKey) return undefined;
      found = search(pair.value);
      return found === undefined ? visit.SKIP : visit.BREAK;
    },
  });
  return found;
}
