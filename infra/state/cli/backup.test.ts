import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CommandContext } from "../../terminal/index.ts";
import { backupCommand } from "./backup.ts";

it("says how to name yourself where the state is not shared, and writes nothing", async () => {
  const directory = await mkdtemp(join(tmpdir(), "edge-backup-"));
  const out = join(directory, "plant.age");
  const flags = { stack: "plant", out, recipient: [], json: false };
  const context = { projectDirectory: directory, env: {} } as unknown as CommandContext;
  await expect(backupCommand(flags, context)).rejects.toMatchObject({
    code: "EDGE_CLI_USAGE",
    message: expect.stringContaining('--recipient "$(npx edgectl state key)"'),
  });
  expect(existsSync(out)).toBe(false);
  await rm(directory, { recursive: true });
});
