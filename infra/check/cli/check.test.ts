import { expect, it } from "vitest";
import type { CommandContext } from "../../terminal/index.ts";
import { checkCommand } from "./check.ts";
import { checkModuleCommand } from "./check-module.ts";

/** Nothing of it is asked for: what is refused is refused before. */
const context = {} as CommandContext;
const usual = { pre: false, watch: false, json: false };

it.each([
  ["--interval without --watch", () => checkCommand({ ...usual, interval: 5 }, context), "--watch looks again"],
  ["--interval of one module", () => checkModuleCommand("m", { ...usual, interval: 5 }, context), "not for one module"],
  ["--watch of one module", () => checkModuleCommand("m", { ...usual, watch: true }, context), "not for one module"],
  ["--pre of one module", () => checkModuleCommand("m", { ...usual, pre: true }, context), "not for one module"],
])("%s is refused", async (_, run, message) => {
  await expect(run()).rejects.toMatchObject({ code: "EDGE_CLI_USAGE", message: expect.stringContaining(message) });
});
