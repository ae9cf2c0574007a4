import { runInNewContext } from "node:vm";
import { MethodFailure } from "./method-failure.ts";

/** Milliseconds of all matching for one request: an expression can be written so that it never ends. */
const timeout = 500;

/**
 * Which of the texts an expression of somebody else's matches, wherever in them.
 *
 * @throws MethodFailure 400 for what is no expression, or takes too long
 */
export function matching(pattern: string, texts: readonly string[], flags: "" | "i" = ""): readonly string[] {
  const expression = compile(pattern, flags);
  // The code is ours; in a context of its own because that alone can be ended from outside.
  const code = "texts.map((text) => expression.test(text))";
  try {
    const found = runInNewContext(code, { texts, expression }, { timeout }) as readonly boolean[];
    return texts.filter((_, index) => found[index]);
  } catch (cause) {
    throw new MethodFailure(400, "The regular expression takes too long: write a simpler one", { cause });
  }
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw new MethodFailure(400, `It is no regular expression of ECMAScript: ${JSON.stringify(pattern)}`, { cause });
  }
}
