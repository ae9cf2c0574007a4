import { expect, it } from "vitest";
import { migrate } from "./migrate.ts";
import { formatMigration } from "./report.ts";
import { ofModule } from "./test/one-module.ts";

const wanted = { stack: "line-1", namespace: "line-1", stackDirectory: "stacks" };

it("is told in lines that a terminal does not act on, whatever keys and modules are called", () => {
  const name = "k\u001b[2J\u001b[31mevil\n::error::x\u202e";
  const sources = {
    config: { file: "c.yaml", text: JSON.stringify({ [name]: 1, agent: { env: { [name]: "v" } } }) },
    manifest: ofModule({ env: { [name]: { value: "v" }, [`${name}PASSWORD`]: { value: "v" } } }, name),
  };
  const { texts, ...told } = migrate(sources, wanted);
  const text = formatMigration({ stack: "line-1", files: [...texts.keys(), name], ...told });
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  expect(text).not.toMatch(/^\s*::error/m);
  expect(text).toContain("k\\u001b[2J\\u001b[31mevil");
});
