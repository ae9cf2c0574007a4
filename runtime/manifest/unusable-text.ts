import { isJsonObject } from "#base";
import type { Message } from "./message.ts";
import { fixed } from "./message.ts";
import { pathOfSteps } from "./repeated-keys.ts";

/** A text in a manifest that no container can be given. */
interface UnusableText {
  readonly path: string;
  readonly message: Message;
}

/** How JSON has to write what is looked for, so that most texts need not be gone through. */
const escaped = /\\u(?:0000|[dD][89a-fA-F])|\0|[\uD800-\uDFFF]/;
const enough = 100;

/**
 * Texts and keys that hold a zero byte, with which texts end for the kernel, or half of a character, which no UTF-8 has.
 *
 * @param text from which the value was read, at `root`
 */
export function unusableTexts(value: unknown, text: string, root: string): readonly UnusableText[] {
  const found: UnusableText[] = [];
  const look = (steps: readonly (string | number)[], one: string) => {
    const wrong = one.includes("\0") ? "a zero byte" : one.isWellFormed() ? undefined : "half of a character";
    if (wrong === undefined) return;
    found.push({ path: pathOfSteps(steps, root), message: fixed(`holds ${wrong}, which nothing in a container can`) });
  };
  const go = (steps: readonly (string | number)[], one: unknown): void => {
    if (found.length >= enough) return;
    if (typeof one === "string") look(steps, one);
    else if (Array.isArray(one)) for (const [index, item] of one.entries()) go([...steps, index], item);
    else if (isJsonObject(one))
      for (const [key, item] of Object.entries(one)) {
        look([...steps, key], key);
        go([...steps, key], item);
      }
  };
  if (escaped.test(text)) go([], value);
  return found;
}
