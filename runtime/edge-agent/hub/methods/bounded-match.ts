import { runInNewContext } from "node:vm";
import { MethodFailure } from "./method-failure.ts";

/** Milliseconds of all matching for one request: an expression can be written so that it never ends. */
const mostTime = 500;

/**
 * Which of the texts an expression of somebody else's matches, wherever in them.
 *
 * @throws MethodFailure 400 for what is no expression, or when all matching so far has taken too long
 */
export type Matching = (pattern: string, texts: readonly string[], flags?: "" | "i") => readonly string[];

/** @param now milliseconds of a clock that is never set */
export function boundedMatching(now: () => number = () => performance.now()): Matching {
  let left = mostTime;
  return (pattern, texts, flags = "") => {
    const expression = compile(pattern, flags);
    // The code is ours; in a context of its own because that alone can be ended from outside.
    const code = "texts.map((text) => expression.test(text))";
    const start = now();
    try {
      const timeout = Math.max(1, Math.floor(left));
      const found = runInNewContext(code, { texts, expression }, { timeout }) as readonly boolean[];
      left -= now() - start;
      if (left <= 0) throw new Error("the time of the request is used up");
      return texts.filter((_, index) => found[index]);
    } catch (cause) {
      throw new MethodFailure(400, "The regular expressions take too long: write simpler ones", { cause });
    }
  };
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw new MethodFailure(400, `It is no regular expression of ECMAScript: ${JSON.stringify(pattern)}`, { cause });
  }
}
