import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { edgectlMain } from "../../support/edgectl.ts";
import { type Outcome, runProgram } from "../../support/run-program.ts";
import type { Stack } from "../stack.ts";

const bind = 'mount --bind "$0" /etc/hosts && exec "$@"';

/**
 * Runs `edgectl COMMAND...` for a stack with host names that nothing else on the machine has.
 *
 * @param addresses by name
 */
export async function runWithHosts(
  { directory, args }: Pick<Stack, "directory" | "args">,
  addresses: ReadonlyMap<string, string>,
  command: readonly string[],
): Promise<Outcome> {
  const file = join(directory, "hosts");
  const hosts = [["localhost", "127.0.0.1"] as const, ...addresses];
  await writeFile(file, hosts.map(([name, address]) => `${address} ${name}\n`).join(""));
  const edgectl = [process.execPath, "--disable-warning=ExperimentalWarning", edgectlMain, ...command, ...args];
  try {
    return await runProgram("unshare", ["--mount", "--propagation", "private", "sh", "-c", bind, file, ...edgectl]);
  } finally {
    await rm(file);
  }
}
