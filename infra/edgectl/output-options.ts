import { type Command, Option } from "commander";

/**
 * Gives every command that prints JSON both spellings, `--json` and `-o json`, whichever of them it was written with: nobody
 * has to know which command has which.
 */
export function spellOutputOnce(program: Command): void {
  for (const command of program.commands) {
    spellOutputOnce(command);
    const [json, output] = ["--json", "--output"].map((long) => command.options.find((one) => one.long === long));
    if (json !== undefined && output === undefined && !command.options.some(({ short }) => short === "-o")) {
      json.description = `${json.description}; the same as -o json`;
      const option = new Option("-o, --output <format>", "`json` is --json").choices(["table", "json"]).hideHelp();
      command
        .addOption(option)
        .on("option:output", (format: string) => command.setOptionValue("json", format === "json"));
    }
    if (json === undefined && output?.argChoices?.includes("json") === true) {
      output.description = `${output.description}; --json is -o json`;
      command
        .addOption(new Option("--json", "the same as --output json").hideHelp())
        .on("option:json", () => command.setOptionValue("output", "json"));
    }
  }
}

/** Whether a command line asks for JSON, before it is known to be one. */
export function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === "--json" ||
      /^(-o|--output=)json$/.test(arg) ||
      (arg === "json" && /^(-o|--output)$/.test(args[index - 1] ?? "")),
  );
}
