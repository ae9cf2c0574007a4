import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { waitFor } from "../../support/wait-for.ts";

export interface Outcome {
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly body: string | null };
}

/** A program of Microsoft's SDK that does what it is told, line by line. */
export interface Judge {
  /** @throws when the SDK refuses */
  call(name: string, ...args: unknown[]): Promise<unknown>;
  /** What became of it, good or bad. */
  attempt(name: string, ...args: unknown[]): Promise<Outcome>;
  /** Waits for an event that has at least these fields, and takes it away. */
  event(event: string, fields?: Record<string, unknown>): Promise<Record<string, unknown>>;
  end(): Promise<void>;
}

export function createJudge(child: ChildProcessWithoutNullStreams): Judge {
  let id = 0;
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const events: Record<string, unknown>[] = [];
  const stderr: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => void stderr.push(line));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id: of, ...more } = JSON.parse(line) as Outcome & { id?: number };
    if (of === undefined) events.push(more as Record<string, unknown>);
    else waiting.get(of)?.(more);
  });
  const exited = once(child, "exit");
  const attempt = (name: string, ...args: unknown[]): Promise<Outcome> => {
    const outcome = new Promise<Outcome>((resolve) => waiting.set(++id, resolve));
    child.stdin.write(`${JSON.stringify({ id, name, args })}\n`);
    const ended = exited.then(() => Promise.reject(new Error(`the judge has ended: ${stderr.join("\n")}`)));
    return Promise.race([outcome, ended]);
  };
  return {
    attempt,
    call: async (name, ...args) => {
      const { result, error } = await attempt(name, ...args);
      if (error === undefined) return result;
      throw new Error(`${name}: ${error.name}: ${error.message} ${error.body ?? ""}\n${stderr.slice(-20).join("\n")}`);
    },
    event: (event, fields = {}) =>
      waitFor(
        `event ${event}`,
        () => {
          const at = events.findIndex((each) => each.event === event && matches(each, fields));
          if (at >= 0) return events.splice(at, 1)[0];
          throw new Error(`there were ${JSON.stringify(events)}\n${stderr.slice(-20).join("\n")}`);
        },
        30,
      ),
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

const matches = (event: Record<string, unknown>, fields: Record<string, unknown>) =>
  Object.entries(fields).every(([key, value]) => JSON.stringify(event[key]) === JSON.stringify(value));
