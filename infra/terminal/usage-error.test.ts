import { Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { usageError } from "./usage-error.ts";

const program = new Command();
program.command("status");
program.command("images").command("push");

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
