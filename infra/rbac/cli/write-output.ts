import { writeFile } from "node:fs/promises";
import { terminalErrors } from "../../terminal/index.ts";

/**
 * Writes an output to the file that an option names.
 *
 * @throws EDGE_CLI_OUTPUT
 */
export async function writeOutput(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: NodeJS.ErrnoException) => {
    throw terminalErrors.EDGE_CLI_OUTPUT({ file, problem: cause.code ?? cause.message }, { cause });
  });
}
