import { createRequire } from "node:module";
import process from "node:process";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { runPulumi } from "../../../deploy/index.ts";

/** What the Automation API takes for the result of a command. It is not part of the SDK's types. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

type Tell = (text: string) => void;

const require = createRequire(import.meta.url);
const { CommandResult } = require("@pulumi/pulumi/automation/cmd.js") as {
  readonly CommandResult: new (stdout: string, stderr: string, code: number) => CommandResult;
};
const { createCommandError } = require("@pulumi/pulumi/automation/errors.js") as {
  readonly createCommandError: (result: CommandResult) => Error;
};

/** The Pulumi CLI on the PATH, whose processes end in order at Ctrl-C: {@link runPulumi}. */
export async function createPulumiCommand(): Promise<PulumiCommand> {
  const found = await PulumiCommand.get();
  return Object.assign(Object.create(found) as PulumiCommand, { run });
}

/** In place of the SDK's own, with its arguments. */
async function run(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  onStdout?: Tell,
  onStderr?: Tell,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const { stdout, stderr, code } = await runPulumi({
    args: args.includes("--non-interactive") ? args : [...args, "--non-interactive"],
    cwd,
    env: { ...process.env, ...env, PULUMI_AUTOMATION_API: "true" },
    onStdout,
    onStderr,
    signal,
  });
  const result = new CommandResult(stdout, stderr, code);
  if (code !== 0) throw createCommandError(result);
  return result;
}
