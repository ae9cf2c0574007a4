import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseJson } from "#base";

const project = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(project, file), "utf8");
const schema = parseJson(read("docs/schemas/fleet.schema.json")) as {
  readonly properties: { readonly gitops: { readonly properties: object } };
};

it.each(Object.keys(schema.properties.gitops.properties))(
  "gitops.%s of a fleet file stands in its documentation",
  (key) => {
    const examples = [...read("docs/rollouts.md").matchAll(/^gitops:\n((?: {2}.*\n)+)/gm)]
      .map(([, lines]) => lines)
      .join("");
    expect(examples).toMatch(new RegExp(`^  ${key}:`, "m"));
  },
);
