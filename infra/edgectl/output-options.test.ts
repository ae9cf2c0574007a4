import { expect, it } from "vitest";
import { asksForJson } from "./output-options.ts";
import { createProgram } from "./program.ts";

/** The options with which each command of a line would run. */
async function optionsOf(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
  const program = await createProgram({ version: "1.0.0" }, async () => {}, args);
  let options = {};
  program.hook("preAction", (_, command) => {
    options = command.optsWithGlobals();
  });
  await program.parseAsync(args, { from: "user" });
  return options;
}

it.each([
  [["status"]],
  [["up", "--stack", "s"]],
  [["check"]],
  [["check", "module", "sensor"]],
  [["rollout", "list"]],
  [["state", "show"]],
  [["trust", "status"]],
])("%j prints JSON by both spellings", async (args) => {
  for (const asked of [["--json"], ["-o", "json"], ["--output=json"]]) {
    expect((await optionsOf(...args, ...asked)).json, asked.join(" ")).toBe(true);
    expect(asksForJson([...args, ...asked])).toBe(true);
  }
  expect((await optionsOf(...args, "-o", "table")).json).toBe(false);
});

it.each([
  [["rbac", "lint", "x.yaml"]],
  [["rbac", "diff", "--base", "a.yaml", "--head", "b.yaml"]],
  [["render", "--stack", "s"]],
])("%j prints JSON by both spellings", async (args) => {
  for (const asked of [["--json"], ["-o", "json"]])
    expect((await optionsOf(...args, ...asked)).output, asked.join(" ")).toBe("json");
});

it("takes a value of another option for no format", () => {
  expect(asksForJson(["logs", "json"])).toBe(false);
  expect(asksForJson(["render", "--stack", "json"])).toBe(false);
});
