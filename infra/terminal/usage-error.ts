import type { Command, CommanderError } from "commander";
import { type EdgeError, nearest } from "#base";
import { terminalErrors } from "./errors.ts";

/** What the user is told about a command line that is not understood, with the help of the command that it names. */
export function usageError(error: CommanderError, args: readonly string[], program: Command): EdgeError {
  const problem = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  const { names, command } = namedIn(args, program);
  const problemOfSubcommand = error.code === "commander.excessArguments" ? unknownSubcommand(command) : undefined;
  return terminalErrors.EDGE_CLI_USAGE({ problem: problemOfSubcommand ?? problem, command: names.join("") });
}

/** To a command that does something itself, a subcommand that it does not have looks like an argument. */
function unknownSubcommand({ commands, registeredArguments, args }: Command): string | undefined {
  const [word] = args;
  if (word === undefined || commands.length === 0 || registeredArguments.length > 0) return undefined;
  const meant = nearest(
    word,
    commands.map((command) => command.name()),
  );
  return `unknown command '${word}'${meant === undefined ? "" : ` (Did you mean ${meant}?)`}`;
}

/** Names of the command and its subcommand among the arguments, each with a space behind it. */
function namedIn(args: readonly string[], program: Command): { names: readonly string[]; command: Command } {
  const names: string[] = [];
  let current = program;
  for (const arg of args) {
    const next = current.commands.find((known) => known.name() === arg);
    if (next === undefined) continue;
    names.push(`${arg} `);
    current = next;
  }
  return { names, command: current };
}
