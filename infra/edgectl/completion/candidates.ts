import type { Command, Option } from "commander";

/** What a shell may put in the place of the word that is being typed. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What names a value that only the project or the cluster knows. */
export type ValueKind = "stack" | "namespace" | "module" | "context";

/** Finds values, given the options before the word. */
export type FindValues = (kind: ValueKind, given: ReadonlyMap<string, string>) => Promise<readonly string[]>;

const kindsOfOptions: Readonly<Record<string, ValueKind>> = {
  "--stack": "stack",
  "--namespace": "namespace",
  "--context": "context",
  "--module": "module",
};

/**
 * What can follow on a command line, by the commands and options themselves.
 *
 * @param words behind the program's name; the last is the one that is being typed, and may be empty
 */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  find: FindValues,
): Promise<readonly Candidate[]> {
  const typed = words.at(-1) ?? "";
  const { command, option, given, positional } = walk(program, words.slice(0, -1));
  const all =
    option !== undefined
      ? await valuesOf(option, given, find)
      : typed.startsWith("-")
        ? optionsOf(command)
        : [...subcommandsOf(command), ...(await argumentsOf(command, positional, given, find))];
  return all.filter(({ word }) => word.startsWith(typed));
}

/** Where a command line has come to. */
interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly option: Option | undefined;
  /** Values of options so far, by their long names. */
  readonly given: ReadonlyMap<string, string>;
  /** How many arguments the command has already. */
  readonly positional: number;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let option: Option | undefined;
  let positional = 0;
  const given = new Map<string, string>();
  for (const word of words) {
    if (option !== undefined) {
      given.set(option.long ?? "", word);
      option = undefined;
    } else if (word.startsWith("-")) {
      const [name = "", value] = word.split("=", 2);
      const found = withParents(command)
        .flatMap(({ options }) => options)
        .find(({ long, short }) => long === name || short === name);
      if (found === undefined || !(found.required || found.optional)) continue;
      if (value === undefined) option = found;
      else given.set(found.long ?? "", value);
    } else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) positional += 1;
      else command = next;
    }
  }
  return { command, option, given, positional };
}

function withParents(command: Command): readonly Command[] {
  return command.parent === null ? [command] : [command, ...withParents(command.parent)];
}

function subcommandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: firstLine(one.description()) }));
}

function optionsOf(command: Command): readonly Candidate[] {
  const ofAll = command.createHelp().visibleGlobalOptions(command);
  const options = [...command.options, ...ofAll].filter(({ hidden }) => !hidden);
  const found = new Map(options.map((one) => [one.long ?? one.short ?? "", firstLine(one.description)]));
  return [...found, ["--help", "display help for command"] as const].map(([word, description]) => ({
    word,
    description,
  }));
}

async function valuesOf(option: Option, given: Place["given"], find: FindValues): Promise<readonly Candidate[]> {
  const kind = kindsOfOptions[option.long ?? ""];
  const values = option.argChoices ?? (kind === undefined ? [] : await find(kind, given));
  return values.map((word) => ({ word, description: "" }));
}

async function argumentsOf(command: Command, positional: number, given: Place["given"], find: FindValues) {
  const argument =
    command.registeredArguments[positional] ?? command.registeredArguments.find(({ variadic }) => variadic);
  if (argument === undefined) return [];
  const isModule = argument.name() === "module" || (command.name() === "module" && argument.name() === "name");
  const values = argument.argChoices ?? (isModule ? await find("module", given) : []);
  return values.map((word) => ({ word, description: "" }));
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
