import { Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { usageError } from "./usage-error.ts";

const program = new Command();
program.command("status");
program.command("images").command("push");

test.each([
  ["modul", "unknown command 'modul' (Did you mean module?)"],
  ["sensor", "unknown command 'sensor'"],
])("%s behind a command that does something itself is told as the subcommand that it is not", async (word, message) => {
  const program = new Command().exitOverride().configureOutput({ outputError: () => {} });
  const check = program.command("check").action(() => {});
  check.command("module <name>");
  const args = ["check", word, "hello"];
  const error = await program.parseAsync(args, { from: "user" }).catch((cause: unknown) => cause);
  expect(usageError(error as CommanderError, args, program)).toMatchObject({
    message,
    remedy: "See `npx edgectl check --help`",
  });
});

test.each([
  [["nope"], "edgectl --help"],
  [["status", "--nope"], "edgectl status --help"],
  [["--project", "somewhere", "status", "--nope"], "edgectl status --help"],
  [["images", "nope"], "edgectl images --help"],
  [["images", "push", "--nope"], "edgectl images push --help"],
])("%j is sent to %s", (args, help) => {
  const error = usageError(new CommanderError(1, "commander.unknownOption", "error: no\nsuch thing"), args, program);
  expect(error).toMatchObject({ message: "no such thing", remedy: `See \`npx ${help}\`` });
});
