import { join } from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import type { CommandContext, Run } from "../terminal/index.ts";
import { addManifest } from "./cli.ts";

const run: Run = async (command) => {
  const { signal } = new AbortController();
  const context = { projectDirectory: import.meta.dirname, output: { write: async () => {} }, signal };
  await command(context as unknown as CommandContext);
};

async function check(...args: readonly string[]): Promise<void> {
  const manifest = new Command("manifest");
  addManifest(manifest, run);
  await manifest.parseAsync(["check", ...args], { from: "user" });
}

it.each([
  [join(import.meta.dirname, "missing.json"), "there is no such file"],
  [import.meta.dirname, "it is a directory"],
])("says why it cannot read %s", async (file, problem) => {
  const message = `${file} cannot be read: ${problem}`;
  await expect(check(file)).rejects.toMatchObject({ code: "EDGE_MANIFEST_UNREADABLE", message });
});

it("refuses an installation without its stack, which would be ignored", async () => {
  await expect(check("deployment.json", "--installation", "line-1")).rejects.toMatchObject({ code: "EDGE_CLI_USAGE" });
});
