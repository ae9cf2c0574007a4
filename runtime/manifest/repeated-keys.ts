import { fixed, say } from "./message.ts";
import { type Problem, pathOf, problemOf } from "./problems.ts";

type Step = string | number;

/** An object or a list that the reading is in. */
interface Level {
  /** Where each key stands; absent in a list. */
  readonly keys?: Map<string, number>;
  /** Of what is read now. */
  step: Step;
  isKeyNext: boolean;
}

const desired = "properties.desired";
const enough = 100;

/**
 * Keys that stand twice in one object: programs take the last one, and who reviews the text may look at the first.
 *
 * @param text JSON
 * @param root path of the text itself; that of a whole document leads from `properties.desired`
 */
export function repeatedKeys(text: string, root = ""): readonly Problem[] {
  const problems: Problem[] = [];
  const levels: Level[] = [];
  for (let index = 0; index < text.length && problems.length < enough; index++) {
    const level = levels.at(-1);
    switch (text[index]) {
      case '"': {
        const end = endOfString(text, index);
        if (level?.keys !== undefined && level.isKeyNext) {
          const key = keyIn(text, index, end);
          const first = level.keys.get(key);
          level.step = key;
          level.isKeyNext = false;
          if (first === undefined) level.keys.set(key, index);
          else problems.push(repeated(text, pathTo(levels, root), root !== "", [first, index]));
        }
        index = end;
        break;
      }
      case "{":
        levels.push({ keys: new Map(), step: "", isKeyNext: true });
        break;
      case "[":
        levels.push({ step: 0, isKeyNext: false });
        break;
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (level === undefined) break;
        if (level.keys === undefined) level.step = Number(level.step) + 1;
        else level.isKeyNext = true;
        break;
    }
  }
  return problems;
}

/** Index of the quote that ends the string. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index;
}

function keyIn(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end);
  if (!inner.includes("\\")) return inner;
  try {
    return JSON.parse(`"${inner}"`);
  } catch {
    return inner;
  }
}

function pathTo(levels: readonly Level[], root: string): string {
  return pathOfSteps(
    levels.map(({ step }) => step),
    root,
  );
}

/** Path of what steps lead to in a text; in a whole document from `properties.desired` on. */
export function pathOfSteps(steps: readonly Step[], root: string): string {
  const inner = root === "" ? steps.slice(steps.indexOf(desired) + 1) : steps;
  return (inner.length === 0 ? steps : inner).reduce<string>((path, step) => pathOf(path, step), root);
}

function repeated(text: string, path: string, isWithin: boolean, [first, second]: readonly [number, number]): Problem {
  const places = `at ${placeOf(text, first)} and at ${placeOf(text, second)}${isWithin ? " of the text that holds it" : ""}`;
  const remedy = "Remove one of the two: only the last one would count.";
  return problemOf(path, say`is given twice, ${fixed(places)}`, remedy);
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`;
}
