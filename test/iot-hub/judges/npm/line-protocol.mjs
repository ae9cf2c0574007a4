// Calls by lines of JSON on standard input, outcomes and events on standard output.
import { createInterface } from "node:readline";

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

export const say = (event, more) => print({ event, ...more });

/** Answers each call by the operation of its name. */
export function serve(operations) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const { id, name, args } = JSON.parse(line);
    try {
      print({ id, result: (await operations[name](...args)) ?? null });
    } catch (error) {
      print({ id, error: { name: error.name, message: error.message, body: error.responseBody ?? null } });
    }
  });
  // The SDKs keep timers and sockets that nothing can end.
  lines.on("close", () => process.exit());
}
