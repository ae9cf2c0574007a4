import { createPemSieve } from "./pem-lines.ts";
import { mergeRanges, type Range, replaceRanges } from "./ranges.ts";
import { type Finders, linesBroken } from "./seams.ts";

/**
 * Characters searched at once. Larger blocks would hold up other work; smaller ones cost more, since each search has a
 * fixed cost.
 */
const blockLength = 64 * 1024;

/** Scrubs lines in the order in which they are pushed. A line is returned up to a block later. */
export interface LineStream {
  push(line: string): string;
  end(): string;
}

/**
 * @param finders find what is secret in a text
 */
export function createLineStream(finders: Finders): LineStream {
  const sieve = createPemSieve();
  let block = "";
  /** Characters at the block's start that were returned already. They stay as context for the next lines. */
  let given = 0;
  let lastLine = 0;

  /** The block up to there, scrubbed. */
  function scrubUpTo(end: number): string {
    const ranges = mergeRanges([...finders.byForm(block), ...finders.byName(block), ...linesBroken(block, finders)]);
    const within = ranges.map(([from, to]): Range => [Math.max(from, given) - given, Math.min(to, end) - given]);
    return replaceRanges(
      block.slice(given, end),
      within.filter(([from, to]) => to > from),
    );
  }

  function flush(): string {
    const text = scrubUpTo(block.length);
    [block, given, lastLine] = ["", 0, 0];
    return text;
  }

  function add(line: string): string {
    let done = "";
    if (block.length + line.length > blockLength && lastLine > given) {
      done = scrubUpTo(lastLine);
      const context = block.lastIndexOf("\n", lastLine - 2) + 1;
      given = lastLine - context;
      block = block.slice(context);
    }
    lastLine = block.length;
    block += line;
    return done;
  }

  const addAll = (lines: ReturnType<typeof sieve.push>) =>
    lines.map(({ text, isPublic }) => (isPublic ? flush() + text : add(text))).join("");
  return {
    push: (line) => addAll(sieve.push(line)),
    end: () => addAll(sieve.end()) + flush(),
  };
}
