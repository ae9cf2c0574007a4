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

it.each([[["status"]], [["check", "module"]], [["trust", "status"]], [["rbac", "lint"]], [["render"]]])(
  "help of %j has one line for both spellings",
  async (names) => {
    const program = await createProgram({ version: "1.0.0" }, async () => {}, names);
    const command = names.reduce((one, name) => one.commands.find((known) => known.name() === name) ?? one, program);
    const lines = command.helpInformation().split("\n").join(" ").replace(/ +/g, " ");
    expect(lines).toMatch(/--json .*; the same as -o json|-o, --output <format> [^-]*; --json is -o json/);
    expect(lines.match(/(?<=^| )--(?:json|output) (?!is)/g)).toHaveLength(1);
  },
);

it("takes a value of another option for no format", () => {
  expect(asksForJson(["logs", "json"])).toBe(false);
  expect(asksForJson(["render", "--stack", "json"])).toBe(false);
});
