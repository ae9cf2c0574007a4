import { parseWithSource } from "#base";
import { exceeds, limits } from "./limits.ts";
import { fixed, type Message, say } from "./message.ts";
import type { Field } from "./object-reader.ts";
import { type Problems, shown, toldOf } from "./problems.ts";
import { repeatedKeys } from "./repeated-keys.ts";
import { unusableTexts } from "./unusable-text.ts";
import { keepDigits } from "./written-digits.ts";

/** A text in the manifest that is to be JSON, and what to do when it is none. */
interface JsonText {
  readonly path: string;
  readonly text: string;
  readonly remedy: Message;
}

const placeholderRemedy = fixed(
  "Write JSON in which each placeholder is a value or stands in a text; keep a credential in a Secret, and name it by valueFrom in the module's env.",
);

/** The value of a JSON text; undefined, and reported, when it is none or there is too much in it. */
export function readJson({ path, text, remedy }: JsonText, problems: Problems): Field | undefined {
  const { values, levels } = sizeOf(text);
  const { work } = problems;
  work.values += values;
  const isTooLarge =
    exceeds(limits.levels, path, levels, problems) || exceeds(limits.values, path, work.values, problems);
  if (isTooLarge) return undefined;
  try {
    const field = { path, value: parseWithSource(text, keepDigits) };
    for (const repeated of repeatedKeys(text, path)) {
      const { message, remedy: way } = toldOf(repeated);
      problems.error(repeated.path, message, way);
    }
    for (const unusable of unusableTexts(field.value, text, path)) {
      problems.error(unusable.path, unusable.message, "Leave it out.");
    }
    return field;
  } catch (error) {
    const placeholder = path === "" ? undefined : /\$\{\w{1,200}\}/.exec(text)?.[0];
    if (placeholder !== undefined) {
      problems.error(path, say`is not JSON with the placeholder ${shown(placeholder)} in it`, placeholderRemedy);
      return undefined;
    }
    // Without the rest of its message, which shows a part of the text: there may be a secret in it.
    const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const where = position === undefined || path === "" ? "" : `, as its character ${Number(position) + 1} shows`;
    problems.error(path, say`is not JSON${fixed(where)}`, remedy);
    return undefined;
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** How many values a text has if it is JSON, and how deeply they are nested, before anything is made of it. */
function sizeOf(json: string): { readonly values: number; readonly levels: number } {
  let [values, level, levels, inString] = [1, 0, 0, false];
  for (let index = 0; index < json.length; index++) {
    const character = json.charCodeAt(index);
    if (character === quote) inString = !inString;
    else if (inString) {
      if (character === backslash) index++;
    } else if (character === comma) values++;
    else if (character === openObject || character === openList) {
      values++;
      levels = Math.max(levels, ++level);
    } else if (character === closeObject || character === closeList) level--;
  }
  return { values, levels };
}
