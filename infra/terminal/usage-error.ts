import type { Command, CommanderError } from "commander";
import type { EdgeError } from "#base";
import { terminalErrors } from "./errors.ts";

/** What the user is told about a command line that is not understood, with the help of the command that it names. */
export function usageError(error: CommanderError, args: readonly string[], program: Command): EdgeError {
  const problem = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return terminalErrors.EDGE_CLI_USAGE({ problem, command: namesIn(args, program).join("") });
}

/** Names of the command and its subcommand among the arguments, each with a space behind it. */
function namesIn(args: readonly string[], program: Command): readonly string[] {
  const names: string[] = [];
  let current = program;
  for (const arg of args) {
    const next = current.commands.find((known) => known.name() === arg);
    if (next === undefined) continue;
    names.push(`${arg} `);
    current = next;
  }
  return names;
}
