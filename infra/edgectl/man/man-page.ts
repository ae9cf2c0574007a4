import type { Command } from "commander";
import { createProgram } from "../program.ts";

/** Commands that the npm package has not. */
const ofCheckouts = "start, stop, cluster, images build and images push";

/** edgectl(1), from the commands and options themselves. */
export async function manPage(): Promise<string> {
  const nothing = async () => {};
  const outline = await createProgram({ version: "" }, nothing, []);
  const names = outline.commands.map((command) => command.name());
  return formatManPage(await createProgram({ version: "" }, nothing, names));
}

export function formatManPage(program: Command): string {
  const name = program.name();
  return [
    `.TH ${name.toUpperCase()} 1`,
    ".SH NAME",
    `${name} \\- ${escaped(program.description()).replace(/\.$/, "")}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    escaped("[--project dir] command [options]"),
    ".SH OPTIONS",
    ...optionsOf(program),
    ".SH COMMANDS",
    ...commandsBelow(program),
    ".SH FILES",
    ".TP",
    ".I Pulumi.yaml",
    escaped("names the project; the nearest one above the current directory counts"),
    ".TP",
    ".I stacks/Pulumi.STACK.yaml",
    escaped("configuration of a stack"),
    ".TP",
    ".I .edge/",
    escaped("image references, keys of deployments without Pulumi, runs of rollouts; not for git"),
    ".SH ENVIRONMENT",
    ...Object.entries(variables).flatMap(([variable, text]) => [".TP", `.B ${escaped(variable)}`, escaped(text)]),
    ".SH EXIT STATUS",
    escaped(
      "0: done. 1: an error, or what was looked at is not as it should be. 2: the command line is not understood. 3: something was found. 130: ended by Ctrl-C. Commands say in their help what else they end with.",
    ),
    ".SH NOTES",
    escaped(`${ofCheckouts} are there in a checkout of the project alone.`),
    "",
  ].join("\n");
}

const variables = {
  KUBECONFIG: "kubeconfigs that have the context that is named; the current context is never used by itself",
  NO_COLOR: "no colours",
  TERM: "dumb: nothing that was written is written over, and marks are ASCII",
  EDGE_DEBUG: "1: errors come with their stack trace",
} as const;

function commandsBelow(parent: Command): readonly string[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== "help")
    .flatMap((command) => [
      `.SS ${quoted(`${pathOf(command)} ${command.usage()}`)}`,
      escaped(sentence(command.description())),
      ...optionsOf(command),
      ...commandsBelow(command),
    ]);
}

/** Behind the program's name. */
function pathOf(command: Command): string {
  const parent = command.parent;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function optionsOf(command: Command): readonly string[] {
  return command.options
    .filter(({ hidden, long }) => !hidden && long !== "--version")
    .flatMap(({ flags, description, argChoices, defaultValue }) => {
      const choices = argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`];
      const usual =
        typeof defaultValue === "string" || typeof defaultValue === "number" ? [`default: ${defaultValue}`] : [];
      const more = [...choices, ...usual].join("; ");
      return [".TP", `.B ${quoted(flags)}`, escaped(more === "" ? description : `${description} (${more})`)];
    });
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** An argument of a macro. */
function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

/** Text that roff takes for text: hyphens that can be copied, and no line that begins a request. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("\n", " ")
    .replace(/^(?=[.'])/, "\\&");
}
