import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { migrate, type Sources } from "../infra/migration/migrate.ts";
import { formatMigration } from "../infra/migration/report.ts";
import { stepsOf } from "../test/e2e/page-steps.ts";
import { blocksOf } from "./site/markdown.ts";

const page = readFileSync(new URL("migration.md", import.meta.url), "utf8");
const steps = stepsOf(page);
const sourceOf = (file: string) => {
  const step = steps.find((one) => "file" in one && one.file === file);
  return { file, text: step !== undefined && "file" in step ? step.text : "" };
};

it.each([
  ["line-1", { config: sourceOf("config.toml"), manifest: sourceOf("device.json") }],
  ["line-2", { config: sourceOf("config.yaml") }],
  ["line-3", { config: sourceOf("config.toml") }],
  ["edge1", { values: sourceOf("values.yaml") }],
] as [string, Sources][])("docs/migration.md shows what becomes of its example %s", (stack, sources) => {
  const command = steps.find((one) => "command" in one && one.command.endsWith(`--stack ${stack}`));
  const connected = command !== undefined && "command" in command && command.command.includes(" --connected ");
  const wanted = { stack, namespace: stack, stackDirectory: "stacks", connected };
  const { texts, converted, findings } = migrate(sources, wanted);
  const printed = formatMigration({ stack, files: [...texts.keys()], converted, findings });
  expect(command).toHaveProperty("shown", printed.trimEnd());
  if (stack !== "line-1" && stack !== "line-3") return;
  const shown = blocksOf(page).find(
    ({ text }) => text.startsWith("# Made by") && text.includes(`namespace: ${stack}\n`),
  );
  expect(`${shown?.text}\n`).toBe(texts.get(`stacks/Pulumi.${stack}.yaml`));
});

it("docs/migration.md explains each finding, and no others", () => {
  const files = globSync("../infra/migration/*.ts", { cwd: import.meta.dirname }).filter(
    (file) => !file.includes(".test."),
  );
  const code = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("");
  const told = [
    ...code.matchAll(
      /"([a-z]+(?:-[a-z]+)+)",\s*"(?:error|warning|info)"|(?:const id = |: )"(manifest-[a-z]+)"| \? "(manifest-[a-z]+)"/g,
    ),
  ];
  const ids = new Set(told.flatMap(([, ...groups]) => groups.filter((id) => id !== undefined)));
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const explained = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([a-z-]+)`/g)].map(([, id]) => id));
  expect(explained.sort()).toEqual([...ids].sort());
});
