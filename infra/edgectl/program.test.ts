import { afterEach, expect, test, vi } from "vitest";
import { createProgram } from "./program.ts";

afterEach(() => vi.restoreAllMocks());

/** What the command line ends with, as commander calls it. */
async function endOf(...args: string[]): Promise<string> {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const program = await createProgram({ version: "1.0.0" }, async () => {}, args);
  const error = await program.parseAsync(args, { from: "user" }).then(
    () => "",
    (cause: unknown) => cause,
  );
  return (error as { code?: string }).code ?? String(error);
}

test.each([
  ["of nothing", ["nothing", "--help"]],
  ["of nothing, in short", ["nothing", "-h"]],
  ["of nothing, asked for by help", ["help", "nothing"]],
  ["of nothing in a group", ["cluster", "nothing", "--help"]],
  ["of nothing in the group of a room", ["trust", "nothing", "--help"]],
])("help %s is an unknown command", async (_, args) => {
  expect(await endOf(...args)).toBe("commander.unknownCommand");
});

test.each([
  ["check", "module"],
  ["rbac", "who-can"],
  ["trust", "rotate"],
])("help of `%s %s` has its own options, and of all others --project alone", async (...names) => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const args = [...names, "--help"];
  const program = await createProgram({ version: "1.0.0" }, async () => {}, args);
  await program.parseAsync(args, { from: "user" }).catch(() => {});
  const text = written.mock.calls.map(([chunk]) => String(chunk)).join("");
  const [, options = ""] = text.split("\nOptions:\n");
  const [own = "", rest = ""] = options.split("\nGlobal Options:\n");
  const [others = ""] = rest.split("\n\n");
  expect(own).toContain("--context <name>");
  expect(own).toContain("--help");
  expect(others.match(/--\w[\w-]*/g)).toEqual(["--project"]);
  expect(text).not.toMatch(/--(?:pre|watch|interval)\b/);
});

test.each([[["check"]], [["rbac", "who-can"]], [["trust", "rotate"]], [["support-bundle"]], [["manifest", "check"]]])(
  "help of %j is as wide as the terminal, but for examples",
  async (names) => {
    const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const args = [...names, "--help"];
    const program = await createProgram({ version: "1.0.0", columns: 90 }, async () => {}, args);
    await program.parseAsync(args, { from: "user" }).catch(() => {});
    const text = written.mock.calls.map(([chunk]) => String(chunk)).join("");
    const wide = text.split("\n").filter((line) => line.length > 90 && !/^ {2}edgectl /.test(line));
    expect(wide).toEqual([]);
  },
);

test("as an error of RBAC, where 2 has another meaning", async () => {
  expect(await endOf("rbac", "nothing", "--help")).toBe("EDGE_RBAC_OPTION_INVALID");
});

test.each([
  [["--help"]],
  [["--project", "x", "--help"]],
  [["cluster", "--help"]],
  [["cluster", "up", "--help"]],
  [["rbac", "--help"]],
  [["help", "rbac"]],
  [["cluster", "help", "up"]],
])("help of what there is, is shown: %j", async (args) => {
  expect(await endOf(...args)).toMatch(/^commander\.help(Displayed)?$/);
});

test.each([
  ["of another kind", ["cluster", "up", "--ip-families", "ipv5"], "commander.invalidArgument"],
  ["for a cluster that is there", ["start", "--context", "x", "--ip-families", "dual"], "commander.conflictingOption"],
])("addresses %s are refused", async (_, args, code) => {
  expect(await endOf(...args)).toBe(code);
});
