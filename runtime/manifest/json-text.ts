import { parseJson } from "#base";
import type { Field } from "./object-reader.ts";
import type { Problems } from "./problems.ts";

/** More levels than any option of Docker or Kubernetes has, and few enough for whatever walks a value level by level. */
const maxLevels = 100;

/** A text in the manifest that is to be JSON, and what to do when it is none. */
interface JsonText {
  readonly path: string;
  readonly text: string;
  readonly remedy: string;
}

/** The value of a JSON text; undefined, and reported, when it is none or is nested too deeply. */
export function readJson({ path, text, remedy }: JsonText, problems: Problems): Field | undefined {
  const value = parseJson(text);
  if (value === undefined) {
    problems.error(path, "is not JSON", remedy);
    return undefined;
  }
  if (levelsOf(text) <= maxLevels) return { path, value };
  problems.error(path, `is nested deeper than ${maxLevels} levels`, "Remove the levels that nothing needs.");
  return undefined;
}

/** How deeply objects and lists are nested in a text that is JSON. */
function levelsOf(json: string): number {
  let [level, deepest, inString] = [0, 0, false];
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (inString && character === "\\") index++;
    else if (character === '"') inString = !inString;
    else if (!inString && (character === "{" || character === "[")) deepest = Math.max(deepest, ++level);
    else if (!inString && (character === "}" || character === "]")) level--;
  }
  return deepest;
}
