import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Clock } from "#base";
import { MethodFailure } from "./method-failure.ts";

/** Milliseconds of all matching for one request: an expression can be written so that it never ends. */
const mostTime = 500;
/** For the lines of a log and what is matched of them. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };
/** In a thread of its own, which can be ended from outside, and the event loop goes on meanwhile. */
const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { pattern, flags, texts } = workerData;
  const expression = new RegExp(pattern, flags);
  parentPort.postMessage(texts.map((text) => expression.test(text)));
`;

/**
 * Which of the texts an expression of somebody else's matches, wherever in them.
 *
 * @throws MethodFailure 400 for what is no expression, or when all matching so far has taken too long
 */
export type Matching = (pattern: string, texts: readonly string[], flags?: "" | "i") => Promise<readonly string[]>;

/** Begins the matching of a request, by one thread at a time. */
export function createMatching(clock: Clock): Matching {
  let left = mostTime;
  return async (pattern, texts, flags = "") => {
    compile(pattern, flags);
    if (left <= 0) throw tooLong(new Error("the time of the request is used up"));
    const worker = new Worker(program, {
      ...{ eval: true, workerData: { pattern, flags, texts }, resourceLimits, env: {}, execArgv: [] },
    });
    let begun = clock.now();
    let found: readonly boolean[] | undefined;
    let cancel = () => {};
    worker.once("online", () => {
      begun = clock.now();
      cancel = clock.after(left, () => void worker.terminate());
    });
    worker.once("message", (matches: readonly boolean[]) => {
      found = matches;
    });
    try {
      await once(worker, "exit");
    } catch (cause) {
      throw tooLong(cause);
    } finally {
      cancel();
      left -= clock.now() - begun;
    }
    if (found === undefined) throw tooLong(new Error("it was ended"));
    const matches = found;
    return texts.filter((_, index) => matches[index]);
  };
}

function compile(pattern: string, flags: string): void {
  try {
    new RegExp(pattern, flags);
  } catch (cause) {
    throw new MethodFailure(400, `It is no regular expression of ECMAScript: ${JSON.stringify(pattern)}`, { cause });
  }
}

function tooLong(cause: unknown): MethodFailure {
  return new MethodFailure(400, "The regular expressions take too long: write simpler ones", { cause });
}
