import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Assault } from "./attacker.ts";

/** Begins with all of it at once, in a process of its own. */
export async function startAttacker(assaults: readonly Assault[]): Promise<{ stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, "attacker.ts"), { execArgv: ["--disable-warning=ExperimentalWarning"] });
  await once(child, "message");
  for (const assault of assaults) child.send(assault);
  return {
    stop: async () => {
      if (child.exitCode !== null) throw new Error(`the attacker ended with code ${child.exitCode}`);
      child.disconnect();
      await once(child, "exit");
    },
  };
}
